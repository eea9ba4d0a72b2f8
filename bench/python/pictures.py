"""The Python sides of bench/data: what a careful user writes with Pillow and torchvision.

    pictures.py turns   decode|draft|crop|resize FOLDER KIND...
    pictures.py predict onnxruntime-f32|openvino-bf16 MODEL.onnx BATCH THREADS full|draft FILE...

"turns" works on single pictures in memory, on one thread, and speaks the protocol of
dev.fovea.bench.Turns: after "on KIND", "go K" does the work on the next K files of a kind.
"predict" reads the files with two loader processes and prints one line of five classes per file.
"""

import io
import os
import pathlib
import sys
import time

import peers

WORKERS = 2
# In one process with pictures of all kinds, as on Fovea's side.
WARM_UP_PASSES = 2
IN_MEMORY = 4


def main(task, *arguments):
    peers.require_pinned_versions()
    if task == "turns":
        turns(*arguments)
    else:
        predict(*arguments)


def turns(work, folder, *kinds):
    import torch

    torch.set_num_threads(1)
    steps = {kind: step(work, files(folder, kind)) for kind in kinds}
    for _ in range(WARM_UP_PASSES):
        for each in steps.values():
            each(4)
    print("ready", os.getpid(), flush=True)
    chosen = steps[kinds[0]]
    for line in sys.stdin:
        match line.split():
            case ["end"]:
                return
            case ["on", kind]:
                chosen = steps[kind]
            case ["go", count]:
                start = time.perf_counter()
                chosen(int(count))
                print("seconds", time.perf_counter() - start, flush=True)
            case _:
                sys.exit(f"a side received {line!r}, expected 'on KIND', 'go K' or 'end'")


def files(folder, kind):
    """The encoded files of a kind in the order of their numbers."""
    found = sorted(pathlib.Path(folder, kind).glob("*/*.jpg"), key=lambda file: file.name)
    return [file.read_bytes() for file in found[: 12 if kind == "phone" else 200]]


def step(work, encoded):
    """A function that does the work on the next so many pictures."""
    from PIL import Image
    from torchvision.transforms import v2

    def decoded(data):
        picture = Image.open(io.BytesIO(data))
        picture.load()
        return picture

    def draft(data):
        picture = Image.open(io.BytesIO(data))
        picture.draft("RGB", (picture.width // 4, picture.height // 4))
        picture.load()
        return picture

    crop = v2.RandomResizedCrop(224, antialias=True)
    resize = v2.Resize(256, antialias=True)
    inputs = encoded
    match work:
        case "decode":
            apply = decoded
        case "draft":
            apply = draft
        case "crop":
            apply = lambda data: crop(decoded(data))
        case "resize":
            inputs = [decoded(data) for data in encoded[:IN_MEMORY]]
            apply = resize
    place = 0

    def steps(count):
        nonlocal place
        for _ in range(count):
            apply(inputs[place])
            place = (place + 1) % len(inputs)

    return steps


def predict(runtime, model, batch, threads, decoding, *names):
    import numpy
    import torch
    from torch.utils.data import DataLoader

    torch.set_num_threads(int(threads))
    run = network(runtime, model, int(batch), int(threads))
    loader = DataLoader(Photographs(names, decoding == "draft"), int(batch), num_workers=WORKERS)
    place = 0
    for images in loader:
        pixels = images.numpy()
        count = len(pixels)
        if count < int(batch):
            # The model's batch is fixed; Fovea fills its last batch up in the same way.
            rest = numpy.zeros((int(batch) - count, *pixels.shape[1:]), pixels.dtype)
            pixels = numpy.concatenate((pixels, rest))
        probabilities = torch.softmax(torch.from_numpy(run(pixels)[:count]), 1)
        values, classes = probabilities.topk(5)
        for top, share in zip(classes.tolist(), values.tolist()):
            words = ", ".join(f"{c} {100 * p:.1f} %" for c, p in zip(top, share))
            print(f"{names[place]}: {words}")
            place += 1


def network(runtime, model, batch, threads):
    """A function from a batch of images to logits."""
    if runtime == "openvino-bf16":
        compiled = peers.openvino_model(model, batch, threads, "bf16")
        request = compiled.create_infer_request()
        return lambda images: request.infer([images])[0]
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    return lambda images: session.run(None, {"input": images})[0]


class Photographs:
    """Files as inputs of the network: torchvision's preprocessing for evaluation."""

    def __init__(self, names, draft):
        import torch
        from torchvision.transforms import v2

        self.names = names
        self.draft = draft
        self.transform = v2.Compose(
            [
                v2.Resize(256, antialias=True),
                v2.CenterCrop(224),
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ]
        )

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        from PIL import Image

        with Image.open(self.names[index]) as picture:
            if self.draft:
                # At least twice the size wanted, as Fovea's fast decoding has it.
                picture.draft("RGB", (512, 512))
            return self.transform(picture.convert("RGB"))


if __name__ == "__main__":
    main(*sys.argv[1:])
