"""Ten steps of every optimizer on one small function, in float64 with PyTorch; writes optimizers.json beside itself.

Usage: python3 make_optimizers.py       (Debian: python3-torch, python3-numpy)

With v(name) the values of NamedValues (core/src/test/java/dev/fovea/NamedValues.java), w of shape 4x3 (decayed, a weight),
b of shape 4 (decayed too; a bias for LARS), starting from w = v("w") and b = v("b"), all rounded to float32:

  f(w, b) = sum log cosh(a (w - 3 c)) + sum log cosh(2 b - e) + s^2 / 2,   s = sum b - sum d w
  a = 1 + v("a") / 2,   c = v("c"),   d = v("d"),   e = v("e")

Learning rate of step t = 0..9: the case's rate / (1 + t / 10). Every case stores the loss before each step and w, b after all.
torch.optim has SGD, RMSprop, Adam, AdamW and clipping; TensorFlow's RMSProp, LARS and the average are written out here.
"""
import hashlib
import json
import os

import numpy as np
import torch

STEPS = 10


def value(name, n):
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    v = 2.0 * (z >> np.uint64(40)).astype(np.float64) / (1 << 24) - 1.0
    return torch.from_numpy(v.astype(np.float32).astype(np.float64))


A, C, D = (value(n, 12).view(4, 3) for n in "acd")
E = value("e", 4)


def loss(w, b):
    s = b.sum() - (D * w).sum()
    return (
        torch.log(torch.cosh((1 + A / 2) * (w - 3 * C))).sum()
        + torch.log(torch.cosh(2 * b - E)).sum()
        + s * s / 2
    )


class TensorFlowRmsProp(torch.optim.Optimizer):
    """tf.train.RMSPropOptimizer (training_ops.cc, ApplyRMSProp), with L2 decay in the gradient."""

    def __init__(self, params, lr, rho, momentum, epsilon, weight_decay):
        super().__init__(params, dict(lr=lr))
        self.c = rho, momentum, epsilon, weight_decay
        self.ms = [torch.ones_like(p) for p in params]
        self.mom = [torch.zeros_like(p) for p in params]

    @torch.no_grad()
    def step(self):
        rho, momentum, epsilon, decay = self.c
        lr = self.param_groups[0]["lr"]
        for p, ms, mom in zip(self.param_groups[0]["params"], self.ms, self.mom):
            g = p.grad + decay * p
            ms += (g * g - ms) * (1 - rho)
            mom.copy_(mom * momentum + g * lr / torch.sqrt(ms + epsilon))
            p -= mom


class Lars(torch.optim.Optimizer):
    """You, Gitman and Ginsburg 2017, algorithm 1 with the trust coefficient of equation 6; the bias is not adapted."""

    def __init__(self, params, lr, momentum, trust, weight_decay):
        super().__init__(params, dict(lr=lr))
        self.c = momentum, trust, weight_decay
        self.v = [torch.zeros_like(p) for p in params]

    @torch.no_grad()
    def step(self):
        momentum, trust, decay = self.c
        lr = self.param_groups[0]["lr"]
        for p, v in zip(self.param_groups[0]["params"], self.v):
            local = trust * p.norm() / (p.grad.norm() + decay * p.norm()) if p.dim() > 1 else 1.0
            v.copy_(momentum * v + lr * local * (p.grad + decay * p))
            p -= v


class SgdW(torch.optim.SGD):
    """Loshchilov and Hutter 2017, algorithm 1: the decay is applied to the weights, before PyTorch's SGD without it."""

    def __init__(self, params, decay, **how):
        super().__init__(params, lr=1, **how)
        self.decay = decay

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.mul_(1 - group["lr"] * self.decay)
        super().step()


def newton_schulz(g, steps):
    """zeropower_via_newtonschulz5 of airbench94_muon.py (Jordan 2024), without its rounding to bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = g / (g.norm() + 1e-7)
    if g.size(0) > g.size(1):
        x = x.T
    for _ in range(steps):
        q = x @ x.T
        x = a * x + (b * q + c * q @ q) @ x
    return x.T if g.size(0) > g.size(1) else x


class Muon(torch.optim.Optimizer):
    """Muon of airbench94_muon.py for w, PyTorch's SGD for b."""

    def __init__(self, params, momentum, nesterov, steps, normalized, decay):
        super().__init__(params, dict(lr=1))
        self.c = momentum, nesterov, steps, normalized, decay
        self.v = torch.zeros_like(params[0])
        self.rest = torch.optim.SGD(params[1:], lr=1, momentum=0.9, nesterov=True, weight_decay=decay)

    @torch.no_grad()
    def step(self):
        momentum, nesterov, steps, normalized, decay = self.c
        lr = self.param_groups[0]["lr"]
        p = self.param_groups[0]["params"][0]
        self.v.mul_(momentum).add_(p.grad)
        g = p.grad.add(self.v, alpha=momentum) if nesterov else self.v
        if normalized:
            p.mul_(len(p) ** 0.5 / p.norm())
        p.mul_(1 - lr * decay).add_(newton_schulz(g.reshape(len(g), -1), steps).view(g.shape), alpha=-lr)
        self.rest.param_groups[0]["lr"] = lr
        self.rest.step()


def run(make, rate, clip=None, ema=None, lookahead=None):
    w = value("w", 12).view(4, 3).clone().requires_grad_()
    b = value("b", 4).clone().requires_grad_()
    optimizer = make([w, b])
    average = [w.detach().clone(), b.detach().clone()]
    losses = []
    for t in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = rate / (1 + t / 10)
        optimizer.zero_grad()
        f = loss(w, b)
        f.backward()
        losses.append(f.item())
        if clip:
            clip([w, b])
        optimizer.step()
        if lookahead:
            lookahead([w, b], t + 1)
        if ema:
            d = ema(t)
            average = [d * a + (1 - d) * p.detach() for a, p in zip(average, [w, b])]
    result = {"rate": rate, "losses": losses, "w": w.detach().flatten().tolist(), "b": b.detach().tolist()}
    if ema:
        result["average"] = average[0].flatten().tolist()
    return result


def sgd(params):
    return torch.optim.SGD(params, lr=1, momentum=0.9, nesterov=True, weight_decay=0.01)


class Lookahead:
    """LookaheadState of airbench94.py: after every k-th step t, slow.lerp_(w, 1 - decay (t / 10)^power), w = slow; w = slow at the end."""

    def __init__(self, every, decay, power):
        self.c, self.slow = (every, decay, power), [value("w", 12).view(4, 3).clone(), value("b", 4).clone()]

    @torch.no_grad()
    def __call__(self, params, t):
        every, decay, power = self.c
        for slow, p in zip(self.slow, params):
            if t % every == 0:
                slow.lerp_(p, 1 - decay * (t / STEPS) ** power)
            if t % every == 0 or t == STEPS:
                p.copy_(slow)


CASES = {
    "sgd": lambda: run(sgd, 0.05),
    "sgd, norm clipped": lambda: run(sgd, 0.05, clip=lambda p: torch.nn.utils.clip_grad_norm_(p, 1.5)),
    "sgd, values clipped": lambda: run(sgd, 0.05, clip=lambda p: torch.nn.utils.clip_grad_value_(p, 0.3)),
    "sgd, averaged": lambda: run(sgd, 0.05, ema=lambda t: min(0.3, (1 + t) / (10 + t))),
    "rmsprop": lambda: run(
        lambda p: torch.optim.RMSprop(p, lr=1, alpha=0.99, eps=1e-8, momentum=0, weight_decay=0.01), 0.02),
    "rmsprop, momentum": lambda: run(
        lambda p: torch.optim.RMSprop(p, lr=1, alpha=0.9, eps=1e-3, momentum=0.9, weight_decay=0.01), 0.01),
    "rmsprop, tensorflow": lambda: run(lambda p: TensorFlowRmsProp(p, 1, 0.9, 0.9, 1.0, 0.01), 0.045),
    "rmsprop, tensorflow's default": lambda: run(lambda p: TensorFlowRmsProp(p, 1, 0.9, 0.0, 1e-10, 0.01), 0.045),
    "adam": lambda: run(lambda p: torch.optim.Adam(p, lr=1, weight_decay=0.01), 0.05),
    "adam, other betas": lambda: run(lambda p: torch.optim.Adam(p, lr=1, betas=(0.5, 0.9), eps=0.1), 0.05),
    "adamw": lambda: run(lambda p: torch.optim.AdamW(p, lr=1, weight_decay=0.5), 0.05),
    "lars": lambda: run(lambda p: Lars(p, 1, 0.9, 0.5, 0.01), 0.05),
    "sgdw": lambda: run(lambda p: SgdW(p, 0.5, momentum=0.9, nesterov=True), 0.05),
    "muon": lambda: run(lambda p: Muon(p, 0.6, True, 3, True, 0.01), 0.05),
    "muon, tall": lambda: run(lambda p: Muon(p, 0.95, False, 5, False, 0.01), 0.05),
    "sgd, lookahead": lambda: run(sgd, 0.05, lookahead=Lookahead(3, 0.5, 0)),
    "sgd, lookahead in the manner of airbench94": lambda: run(sgd, 0.05, lookahead=Lookahead(2, 0.95**5, 3)),
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizers.json"), "w") as f:
        json.dump({name: case() for name, case in CASES.items()}, f, indent=1)
        f.write("\n")
