# Checkpoints in the manner of public training scripts, with the weights of a tiny network.
# Made with PyTorch 1.13.1 (Debian 12): /usr/bin/python3 make_checkpoints.py OUTDIR
#
# The weights are those of the test's network of two layers (fc1, fc): element i of a tensor is
# i / 8 - n, n being the tensor's number, so that a mix-up shows; those of averages are 16 more.
import argparse, collections, copy, datetime, functools, pathlib, pickle, random, sys, types
import numpy as np
import torch

out = pathlib.Path(sys.argv[1])
SHAPES = collections.OrderedDict(
    [("fc1.weight", (4, 12)), ("fc1.bias", (4,)), ("fc.weight", (3, 4)), ("fc.bias", (3,))])


def weights(prefix="", more=0.0):
    sd = collections.OrderedDict()
    for n, (name, shape) in enumerate(SHAPES.items()):
        count = int(np.prod(shape))
        sd[prefix + name] = (torch.arange(count, dtype=torch.float32) / 8 - n + more).reshape(shape)
    return sd


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc = torch.nn.Linear(12, 4), torch.nn.Linear(4, 3)


def module():
    net = Tiny()
    net.load_state_dict(weights())
    return net


def foreign(name, base=object, **attributes):
    """A class of a module that is not installed where the file is read."""
    package, cls = name.rsplit(".", 1)
    made = type(cls, (base,), dict(attributes, __module__=package))
    parts = package.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[: i + 1]), types.ModuleType(".".join(parts[: i + 1])))
    setattr(sys.modules[package], cls, made)
    return made


net = module()
optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
net.fc(net.fc1(torch.ones(2, 12))).sum().backward()
optimizer.step()
adam = torch.optim.AdamW(net.parameters())
adam.step()
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [30, 60])
args = argparse.Namespace(lr=0.1, data=pathlib.Path("/data"), device=torch.device("cpu"), seed=None, world={1, 2})
files = {}

# examples/imagenet/main.py: best_acc1 is a tensor.
files["pytorch-example"] = {
    "epoch": 90, "arch": "tiny", "state_dict": weights("module."), "best_acc1": torch.tensor(76.1),
    "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}

# torchvision/references/classification/train.py, with --model-ema: an AveragedModel of DDP's module.
ema = weights("module.", 16)
ema["n_averaged"] = torch.tensor(7)
files["torchvision-reference"] = {
    "model": weights(), "optimizer": optimizer.state_dict(), "lr_scheduler": scheduler.state_dict(),
    "epoch": 89, "args": args, "model_ema": ema, "scaler": {"scale": 65536.0, "growth_tracker": 12}}

# timm's train.py (CheckpointSaver).
files["timm"] = {
    "epoch": 3, "arch": "tiny", "state_dict": weights(), "optimizer": adam.state_dict(), "version": 2,
    "args": args, "amp_scaler": {}, "state_dict_ema": weights(more=16), "metric": np.float64(91.7)}

# Lightning 2: the module of the LightningModule is called model.
AttributeDict = foreign("lightning.fabric.utilities.data.AttributeDict", dict)
hyper = AttributeDict(lr=0.1, act=torch.nn.functional.relu, opt=functools.partial(torch.optim.SGD, lr=0.1))
files["lightning"] = {
    "epoch": 9, "global_step": 1000, "pytorch-lightning_version": "2.1.0", "state_dict": weights("model."),
    "loops": {"fit_loop": {"state_dict": {}, "epoch_loop.batch_progress": {"total": {"ready": 10}}}},
    "callbacks": {"ModelCheckpoint{'monitor': 'val_loss', 'mode': 'min'}": {
        "best_model_score": torch.tensor(0.3), "kth_best_model": pathlib.PosixPath("last.ckpt")}},
    "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [scheduler.state_dict()],
    "hparams_name": "kwargs", "hyper_parameters": hyper, AttributeDict: "a class as a key"}

# Self-supervised training: student and teacher beside each other, as modules and in one module.
files["dino"] = {"student": weights("module.backbone."), "teacher": weights("backbone.", 16),
                 "optimizer": optimizer.state_dict(), "epoch": 99, "args": args, "dino_loss": {"center": torch.zeros(1, 3)}}
files["byol-flat"] = {"state_dict": collections.OrderedDict(
    list(weights("student.").items()) + list(weights("teacher.", 16).items()))}

# mmcls and fairseq: meta data, and configurations of classes of their own.
Config = foreign("omegaconf.dictconfig.DictConfig", object, __reduce__=lambda self: (Config, ({"a": 1},)),
                 __init__=lambda self, content=None: None)
files["mmcls"] = {"meta": {"mmcls_version": "0.25", "CLASSES": ("a", "b", "c"), "time": datetime.datetime(2023, 1, 2)},
                  "state_dict": collections.OrderedDict(
                      [("backbone." + k if "fc1" in k else "head." + k, v) for k, v in weights().items()]),
                  "optimizer": optimizer.state_dict()}
files["fairseq"] = {"args": None, "cfg": {"model": Config(), "_name": None}, "model": weights("encoder."),
                    "criterion": {"weight": torch.ones(3)}, "optimizer_history": [{"num_updates": 5}],
                    "task_state": {}, "extra_state": {"rng": random.getstate()},
                    "last_optimizer_state": adam.state_dict()}

# torch.optim.swa_utils, torch.compile below DDP, thop's counters, a nest of a company's own.
swa = torch.optim.swa_utils.AveragedModel(module())
files["swa"] = swa.state_dict()
files["compiled-ddp"] = {"model_state_dict": weights("module._orig_mod."), "loss": torch.tensor(0.5)}
thop = weights()
for place in ("", "fc1.", "fc."):
    thop[place + "total_ops"], thop[place + "total_params"] = torch.zeros(1, dtype=torch.float64), torch.zeros(1)
files["thop"] = {"net": thop, "acc": np.float32(91.5), "when": np.datetime64("2024-01-01"), "dtype": np.dtype("float32")}
files["nested"] = {"checkpoint": {"weights": {"generator": weights(), "discriminator": weights(more=16)}}, "v": 1}
files["ema-only"] = {"epoch": 3, "ema_state_dict": weights(more=16), "decay": torch.tensor(0.999)}
parameters = collections.OrderedDict((k, torch.nn.Parameter(v)) for k, v in weights().items())
files["objects"] = {
    "state_dict": parameters, "dtype": torch.float16, "device": torch.device("cuda", 0), "size": torch.Size([1, 2]),
    "when": datetime.datetime.now(datetime.timezone.utc), "delta": datetime.timedelta(1), "path": pathlib.Path("a"),
    "counter": collections.Counter("abc"), "default": collections.defaultdict(list, a=[1]), "deque": collections.deque([1]),
    "array": np.arange(3), "rng": np.random.get_state(), "generator": np.random.default_rng(1), "torch_rng": torch.get_rng_state(),
    "set": {1, 2}, "frozen": frozenset([1]), "bytes": b"\0\xff", "bytearray": bytearray(b"ab"), "complex": 1 + 2j, "range": range(3),
    "slice": slice(1), "function": torch.nn.functional.relu, "class": Tiny, "big": 1 << 100, "spectrum": torch.zeros(2, dtype=torch.complex64),
    "sparse": torch.eye(2).to_sparse(), (1, 2): "a tuple as a key", None: 0, 1.5: 0, True: 0}
# Ultralytics: the module itself, as an object.
Detection = foreign("ultralytics.nn.tasks.ClassificationModel", Tiny)
whole = Detection()
files["ultralytics"] = {"epoch": -1, "best_fitness": None, "model": whole.half(), "ema": None, "optimizer": None,
                        "train_args": {"lr": 0.1}, "train_metrics": {"top1": torch.tensor(0.5)}, "date": "2024-01-01"}
files["numpy-arrays"] = {"model": {k: v.numpy() for k, v in weights().items()}, "__author__": "detectron"}
nan = weights()
nan["fc.weight"][1, 2] = float("nan")
nan["fc.weight"][2, 0] = float("inf")
nan["fc.bias"][0] = float("-inf")
files["nan"] = nan

for name, content in files.items():
    torch.save(content, out / (name + ".pt"))
torch.save(files["timm"], out / "timm-legacy.pt", _use_new_zipfile_serialization=False)
torch.save(files["objects"] | {"spectrum": 0}, out / "objects-protocol4.pt", pickle_protocol=4)
torch.save(files["ultralytics"], out / "ultralytics-legacy.pt", _use_new_zipfile_serialization=False)
script = torch.jit.script(torch.nn.Sequential(torch.nn.Linear(2, 2)))
torch.jit.save(script, str(out / "torchscript.pt"))
with open(out / "pickled.pkl", "wb") as f:
    pickle.dump({"model": {k: v.numpy() for k, v in weights().items()}}, f)
