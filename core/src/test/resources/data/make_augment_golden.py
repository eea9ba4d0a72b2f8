"""Writes golden/augment.txt and golden/augment.bin: torchvision's operations of fixed parameters.

Pillow 9.4.0 and torchvision 0.14.1, on Pillow pictures:
    cd golden && python3 ../make_augment_golden.py
A line of augment.txt is: operation, parameter, number of the source picture. augment.bin holds the
source pictures, then the result of every line, each as width and height (big-endian) and RGB bytes.
"""
import random
import struct

from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F
from torchvision.transforms.autoaugment import _apply_op

rnd = random.Random(5)


def smooth(w, h):
    c = [[rnd.randrange(256) for _ in range(3)] for _ in range(4)]
    im = Image.new("RGB", (w, h))
    im.putdata([
        tuple(
            min(255, max(0, int((c[0][k] * (w - x) + c[1][k] * x) / w * 0.5 + (c[2][k] * (h - y) + c[3][k] * y) / h * 0.5) + rnd.randrange(-25, 26)))
            for k in range(3))
        for y in range(h) for x in range(w)])
    return im


def noise(w, h):
    return Image.frombytes("RGB", (w, h), bytes(rnd.randrange(256) for _ in range(w * h * 3)))


def narrow(w, h):
    return Image.frombytes("RGB", (w, h), bytes(rnd.randrange(90, 140) for _ in range(w * h * 3)))


sources = [smooth(15, 11), noise(11, 11), narrow(8, 12), Image.new("RGB", (5, 4), (7, 200, 31)), smooth(13, 14)]
# Grey and saturated pixels, black and white among them.
sources.append(Image.frombytes("RGB", (9, 1), bytes([0, 0, 0, 255, 255, 255, 128, 128, 128, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0, 1, 0, 0, 254, 255, 255])))

cases = []
for k, values in {
    "ShearX": (0.09, -0.3, 0.2), "ShearY": (0.09, -0.3, 0.2), "TranslateX": (3.9, -4.0), "TranslateY": (5.0, -2.7),
    "Rotate": (9.0, -30.0, 90.0, 135.0), "Brightness": (0.27, -0.27, 0.9, -0.9), "Color": (0.27, -0.27, 0.9, -0.9),
    "Contrast": (0.27, -0.27, 0.9, -0.9), "Sharpness": (0.27, -0.27, 0.9, -0.9), "Posterize": (8.0, 7.0, 4.0, 2.0),
    "Solarize": (255.0, 178.5, 127.5, 0.0), "AutoContrast": (0.0,), "Equalize": (0.0,)}.items():
    for i, im in enumerate(sources):
        for v in values:
            # Pillow turns a square by 90 degrees in another way than other pictures.
            if im.width * im.height > 20 or k not in ("ShearX", "ShearY", "Rotate"):
                cases.append((k, v, i, _apply_op(im, k, v, InterpolationMode.NEAREST, None)))
for v in (0.0, 0.1, -0.05, 0.5, -0.5, 0.31):
    for i, im in enumerate(sources):
        cases.append(("Hue", v, i, F.adjust_hue(im, v)))

with open("augment.bin", "wb") as data:
    for im in sources + [c[3] for c in cases]:
        data.write(struct.pack(">ii", im.width, im.height) + im.tobytes())
with open("augment.txt", "w") as names:
    for name, value, i, _ in cases:
        names.write("%s %s %d\n" % (name, value, i))
