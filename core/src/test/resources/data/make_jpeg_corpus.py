"""Makes jpeg-corpus.zip: small JPEGs of many kinds and what Pillow makes of them, shrunk as well.

Needs Pillow with libjpeg-turbo 2.1 or later, numpy and libjpeg-turbo's cjpeg. The zip holds corpus.csv
with lines of name,shrink,width,height,sha256 of the RGB bytes (first 16 digits). Files called
damaged-* have random bytes changed; those that Pillow reads all the same are kept.
"""

import hashlib
import io
import random
import subprocess
import sys
import zipfile

import numpy as np
from PIL import Image
from PIL.ImageFile import _Tile

SAMPLINGS = [
    "1x1,1x1,1x1", "2x1,1x1,1x1", "2x2,1x1,1x1", "1x2,1x1,1x1", "4x1,1x1,1x1", "4x2,1x1,1x1",
    "1x4,1x1,1x1", "2x4,1x1,1x1", "2x2,2x1,1x2", "2x2,1x2,1x2", "2x2,2x1,2x1", "2x1,2x1,1x1",
    "3x1,1x1,1x1", "3x2,1x1,1x1", "1x3,1x1,1x1", "1x1,2x2,1x1", "1x1,2x1,1x2", "4x1,2x1,2x1",
    "2x4,2x1,2x1", "1x1,1x2,1x2", "4x2,2x1,1x1", "1x1,4x2,1x1",
]
SCANS = [
    "0 1 2;", "0;1;2;", "0;1 2;", "0 1;2;",
    "0: 0-0,0,0;1 2: 0-0,0,0;0:1-63,0,0;1:1-63,0,0;2:1-63,0,0;",
    "0 1 2:0-0,0,1;0:1-5,0,2;2:1-63,0,1;1:1-63,0,1;0:6-63,0,2;0:1-63,2,1;0 1 2:0-0,1,0;"
    "2:1-63,1,0;1:1-63,1,0;0:1-63,1,0;",
    # Without all scans, so that blocks are smoothed.
    "0,1,2:0-0,0,0;0:1-9,0,0;", "0 1 2:0-0,0,0;", "0 1 2:0-0,0,1;0:1-5,0,2;",
    "0 1 2:0-0,0,2;0:1-63,0,0;1:1-2,0,1;", "0 1 2:0-0,0,0;1:1-63,0,0;2:1-63,0,0;0:1-3,0,1;",
]

rng = random.Random(14)
nrng = np.random.default_rng(14)
files, rows = {}, []


def picture(mode):
    channels = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    w, h = rng.randint(1, 40), rng.randint(1, 40)
    y, x = np.mgrid[0:h, 0:w]
    waves = [
        128 + 100 * np.sin(x * rng.random() * 0.5 + i) + 60 * np.cos(y * rng.random() * 0.4)
        for i in range(channels)
    ]
    a = np.stack(waves, 2) + nrng.normal(0, rng.choice([0, 5, 25]), (h, w, channels))
    a = np.clip(a, 0, 255).astype(np.uint8)
    return Image.fromarray(a[:, :, 0] if channels == 1 else a, mode)


def decode(data, shrink):
    im = Image.open(io.BytesIO(data))
    if shrink > 1:
        # What draft() does, for every factor.
        size = tuple(-(-side // shrink) for side in im.size)
        codec, _, offset, args = im.tile[0]
        im.decoderconfig = (shrink, 0)
        im._size = size
        im.tile = [_Tile(codec, (0, 0) + size, offset, args)]
    return im.convert("RGB")


def row(name, data, shrink):
    im = decode(data, shrink)
    digest = hashlib.sha256(im.tobytes()).hexdigest()[:16]
    return f"{name},{shrink},{im.size[0]},{im.size[1]},{digest}"


def add(name, data, shrinks):
    if len(data) > 1400:
        return
    try:
        made = [row(name, data, s) for s in shrinks]
    except (OSError, SyntaxError):
        return
    files[name] = data
    rows.extend(made)


def cjpeg(im, options):
    ppm = io.BytesIO()
    im.save(ppm, "PPM")
    done = subprocess.run(["cjpeg", *options], input=ppm.getvalue(), capture_output=True)
    return done.stdout if done.returncode == 0 else None


def scan_file(script):
    with open("/tmp/scans.txt", "w") as f:
        f.write(script.replace(";", ";\n"))
    return ["-scans", "/tmp/scans.txt"]


def damage(data):
    b = bytearray(data)
    scan = data.find(b"\xff\xda")
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(scan if rng.random() < 0.7 else 2, len(b))
        b[at] = rng.choice([rng.randrange(256), b[at] ^ 1 << rng.randrange(8), 0, 255])
    return bytes(b)


qualities = ["1", "5", "20", "50", "75", "90", "100"]
for i, sampling in enumerate(SAMPLINGS):
    for kind, options in [("baseline", []), ("progressive", ["-progressive"])]:
        options = [*options, "-sample", sampling, "-quality", rng.choice(qualities)]
        if rng.random() < 0.4:
            options += ["-restart", f"{rng.randint(1, 5)}B"]
        data = cjpeg(picture("RGB"), options)
        if data:
            add(f"{kind}-{sampling.replace(',', '-')}.jpg", data, (1, 2, 4, 8))
for i, script in enumerate(SCANS):
    for sampling in SAMPLINGS[:6]:
        options = ["-sample", sampling, "-quality", rng.choice(qualities[2:])]
        data = cjpeg(picture("RGB"), [*options, *scan_file(script)])
        if data:
            add(f"scans{i}-{sampling.split(',')[0]}.jpg", data, (1, 2, 4, 8))
for mode in ["L", "CMYK"]:
    for progressive in [False, True]:
        for quality in [5, 90]:
            out = io.BytesIO()
            picture(mode).save(out, "JPEG", quality=quality, progressive=progressive)
            add(f"{mode.lower()}-{quality}-{progressive}.jpg", out.getvalue(), (1, 2, 4, 8))
whole = list(files.items())
for i in range(600):
    name, data = rng.choice(whole)
    if len(data) < 900:
        add(f"damaged-{i}-{name}", damage(data), (1, 2, 4, 8) if i % 3 == 0 else (1,))

with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    for name, data in {**files, "corpus.csv": "\n".join(rows).encode()}.items():
        z.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
print(len(files), "files", len(rows), "rows")
