"""Writes golden/jpeg_encoder.txt: SHA-256 of JPEGs that Pillow (libjpeg-turbo) writes.

Each line is of one kind of picture, quality and chroma subsampling, over the files of all sizes
from 1x1 to 34x34 and one of 97x70, one after the other. JpegEncoderTest draws the same pictures.

    python make_jpeg_encoder_golden.py
"""

import hashlib
import io
import pathlib

import numpy as np
from PIL import Image

QUALITIES = [1, 10, 25, 49, 50, 51, 75, 90, 95, 99, 100]
SIZES = [(w, h) for w in range(1, 35) for h in range(1, 35)] + [(97, 70)]


def hashed(x, y, c, seed):
    v = x * 0x9E3779B1 + y * 0x85EBCA77 + c * 0xC2B2AE3D + seed * 0x27D4EB2F & 0xFFFFFFFF
    v = (v ^ v >> 15) * 0x2C1B3C6D & 0xFFFFFFFF
    v = (v ^ v >> 12) * 0x297A2D39 & 0xFFFFFFFF
    return (v ^ v >> 15) >> 24


def picture(kind, w, h):
    y, x, c = np.meshgrid(
        np.arange(h, dtype=np.uint64),
        np.arange(w, dtype=np.uint64),
        np.arange(3, dtype=np.uint64),
        indexing="ij",
    )
    noise = hashed(x, y, c, w * 64 + h)
    if kind == "noise":
        pixels = noise
    elif kind == "smooth":
        wave = x * (4 + c) + y * (7 - c) & 511
        wave = np.where(wave > 255, 511 - wave, wave)
        pixels = np.minimum(255, wave + (noise >> 5))
    else:
        pixels = 255 * (x + y & 1) ^ 255 * (noise >> 7)
        pixels = np.where(y % 16 < 8, pixels, 255 * (x + y & 1))
    return Image.fromarray(pixels.astype(np.uint8), "RGB")


def main():
    lines = []
    for kind in ["noise", "smooth", "extreme"]:
        for quality in QUALITIES:
            for name, subsampling in [("4:2:0", 2), ("4:4:4", 0)]:
                sha = hashlib.sha256()
                for w, h in SIZES:
                    out = io.BytesIO()
                    picture(kind, w, h).save(
                        out, "JPEG", quality=quality, subsampling=subsampling
                    )
                    sha.update(out.getvalue())
                lines.append(f"{kind} {quality} {name} {sha.hexdigest()}\n")
    to = pathlib.Path(__file__).parent / "golden" / "jpeg_encoder.txt"
    to.write_text("".join(lines))


main()
