"""Maps of small networks by Captum and pytorch-grad-cam, in float64; writes explanations.json beside itself.

Usage: python3 make_explanations.py      (PyTorch, torchvision, Captum 0.9, grad-cam 1.5)

Weights and images are those of NamedValues (core/src/test/java/dev/fovea/NamedValues.java); the networks are written a second time
in ExplanationNetworks.java, with the same names. Every case explains image 0 and stores, by method:

  grad-cam, hires-cam          pytorch-grad-cam's map before its ReLU, in the layer's size
  grad-cam-captum              Captum's LayerGradCam without ReLU
  grad-cam-shown               what pytorch-grad-cam returns: ReLU, scaled to 0..1, in the input's size
  integrated-gradients         Captum, 50 steps, zeros as baseline, (C, H, W); -delta: its convergence delta
  occlusion                    Captum, windows of all channels x 5 x 5, strides of 2, zeros as baseline, (H, W)
  smooth-grad                  the mean of Captum's Saliency (signed) at 8 copies with the noise of Rng.of(3, sample, 0), written out here,
                               of 0.15 times the range, (C, H, W)
  versus                       Captum's integrated gradients of the difference of logits 0 and 1
"""
import hashlib
import json
import math
import os

import captum.attr
import numpy as np
import pytorch_grad_cam
import torch
import torchvision
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import nn

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15


def value(name, n):
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return 2.0 * (z >> np.uint64(40)).astype(np.float64) / (1 << 24) - 1.0


def fill(net):
    norms = {n for n, m in net.named_modules() if isinstance(m, nn.BatchNorm2d)}
    with torch.no_grad():
        for name, t in net.state_dict().items():
            owner, leaf = name.rsplit(".", 1)
            if leaf == "num_batches_tracked":
                continue
            v = value(name, t.numel())
            if owner in norms:
                v = {"weight": 1 + 0.2 * v, "bias": 0.1 * v, "running_mean": 0.1 * v, "running_var": 1 + 0.2 * v}[leaf]
            elif t.dim() == 1:
                v = 0.1 * v
            else:
                v = v * math.sqrt(6.0 / (t.numel() // t.shape[0]))
            t.copy_(torch.from_numpy(v.astype(np.float32).astype(np.float64)).view(t.shape))
    return net.double().eval()


def image(c, h, w):
    x = (2 * value("input", c * h * w)).astype(np.float32).astype(np.float64)
    return torch.from_numpy(x).view(1, c, h, w)


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


class Rng:
    def __init__(self, seed, epoch, index):
        self.state = mix((mix((mix((seed + GAMMA) & MASK) + epoch * GAMMA + 1) & MASK) + index * GAMMA + 2) & MASK)

    def double(self):
        self.state = (self.state + GAMMA) & MASK
        return (mix(self.state) >> 11) * 2.0**-53

    def gaussian(self):
        u = 1 - self.double()
        return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * self.double())


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(8, 12, 3, padding=1, stride=2, bias=False)
        self.bn2 = nn.BatchNorm2d(12)
        self.relu2 = nn.ReLU()
        self.conv3 = nn.Conv2d(12, 12, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(12)
        self.shortcut = nn.Conv2d(8, 12, 1, stride=2, bias=False)
        self.relu3 = nn.ReLU()
        self.fc = nn.Linear(12, 5)

    def forward(self, x):
        x = self.relu1(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu2(self.bn2(self.conv2(x)))))
        x = self.relu3(y + self.shortcut(x))
        return self.fc(x.mean((2, 3)))

    def layer(self):
        return self.relu3


class PreActivation(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.relu2 = nn.ReLU()
        self.fc = nn.Linear(8, 3)

    def forward(self, x):
        x = self.conv1(x)
        x = x + self.conv2(self.relu1(self.bn1(x)))
        return self.fc(self.relu2(self.bn2(x)).mean((2, 3)))

    def layer(self):
        return self.relu2


class Join(nn.Module):
    def forward(self, *branches):
        return torch.cat(branches, 1)


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.relu1 = nn.ReLU()
        self.one = nn.Conv2d(8, 4, 1)
        self.three = nn.Conv2d(8, 6, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.relu3 = nn.ReLU()
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.concat = Join()
        self.fc = nn.Linear(18, 4)

    def forward(self, x):
        x = self.relu1(self.stem(x))
        x = self.concat(self.relu2(self.one(x)), self.relu3(self.three(x)), self.pool(x))
        return self.fc(x.mean((2, 3)))

    def layer(self):
        return self.concat


class Vgg(nn.Module):
    """No pool before the head, and rows that are longer than columns."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(6, 8, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(8 * 3 * 5, 10)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(10, 2)

    def forward(self, x):
        x = self.pool2(self.relu2(self.conv2(self.pool1(self.relu1(self.conv1(x))))))
        return self.fc2(self.relu3(self.fc1(x.flatten(1))))

    def layer(self):
        return self.pool2


class Resnet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = torchvision.models.resnet18(weights=None)

    def forward(self, x):
        return self.net(x)

    def layer(self):
        return self.net.layer4[-1]


def cams(net, x, target):
    shown = {}
    for name, kind in ("grad-cam", pytorch_grad_cam.GradCAM), ("hires-cam", pytorch_grad_cam.HiResCAM):
        with kind(model=net, target_layers=[net.layer()]) as cam:
            targets = [ClassifierOutputTarget(target)]
            displayed = cam(input_tensor=x, targets=targets)
            activations = cam.activations_and_grads.activations[0].numpy()
            gradients = cam.activations_and_grads.gradients[0].numpy()
            shown[name] = cam.get_cam_image(x, net.layer(), targets, activations, gradients, False)
            if name == "grad-cam":
                shown["grad-cam-shown"] = displayed
    layer = captum.attr.LayerGradCam(net, net.layer())
    shown["grad-cam-captum"] = layer.attribute(x, target, relu_attributions=False).detach()
    return shown


def smooth(net, x, target):
    deviation = 0.15 * float(x.max() - x.min())
    total = torch.zeros_like(x)
    for sample in range(8):
        rng = Rng(3, sample, 0)
        noise = torch.tensor([rng.gaussian() for _ in range(x.numel())], dtype=torch.float64).view_as(x)
        total += captum.attr.Saliency(net).attribute((x + deviation * noise).float().double(), target, abs=False)
    return total / 8


def case(net, x, target, pixels=True):
    if isinstance(net, Resnet18):
        fill(net.net)
    else:
        fill(net)
    net.double().eval()
    results = {"logits": net(x).detach(), "target": torch.tensor([target])}
    results.update(cams(net, x, target))
    if pixels:
        values, delta = captum.attr.IntegratedGradients(net).attribute(x, torch.zeros_like(x), target, n_steps=50, return_convergence_delta=True)
        results["integrated-gradients"] = values
        results["integrated-gradients-delta"] = delta
        c = x.shape[1]
        occlusion = captum.attr.Occlusion(net).attribute(x, (c, 5, 5), (c, 2, 2), target=target, baselines=0)
        results["occlusion"] = occlusion[:, 0]
        results["smooth-grad"] = smooth(net, x, target)
        difference = captum.attr.IntegratedGradients(lambda v: net(v)[:, 0] - net(v)[:, 1])
        results["versus"] = difference.attribute(x, torch.zeros_like(x), n_steps=50)
    else:
        del results["grad-cam-shown"]
    return {k: [float(f"{v:.10g}") for v in np.asarray(t, dtype=np.float64).reshape(-1)] for k, t in results.items()}


if __name__ == "__main__":
    torch.set_num_threads(2)
    cases = {
        "residual": case(Residual(), image(3, 16, 16), 3),
        "preactivation": case(PreActivation(), image(1, 13, 13), 0),
        "inception": case(Inception(), image(3, 17, 17), 2),
        "vgg": case(Vgg(), image(3, 12, 20), 1),
        "resnet18": case(Resnet18(), image(3, 96, 96), 5, pixels=False),
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "explanations.json"), "w") as f:
        json.dump(cases, f, separators=(",", ":"))
        f.write("\n")
