"""Makes the files of bench/data from the photographs of imagenette-mini.zip.

    make_pictures.py imagenette-mini.zip OUT [--inet N] [--phone N] [--square]

OUT/small/CLASS/NNNN.jpg   200 files as they are in the archive: 224x224, about 10 kB
OUT/inet/CLASS/NNNN.jpg    900 files of 500x375, as ImageNet's are: 78 kB
OUT/phone/CLASS/NNNN.jpg   96 files of 4000x3000, as a telephone's camera takes them: 2.5 MB

The numbers are the places in one random order of the archive's training images, the same in every
folder and on every machine. Enlarged pictures are the centered 4:3 of the original, enlarged with
a bicubic filter; Gaussian grain, one value for the three channels of a pixel, gives them back the
detail that makes JPEGs of photographs as large as they are. With --square they are the whole
original at 500x500 (104 kB) and 4000x4000 (3.3 MB). Needs Pillow and NumPy.
"""

import argparse
import io
import multiprocessing
import pathlib
import sys
import zipfile

import numpy
from PIL import Image

SMALL_FILES = 200
SEED = 14


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="imagenette-mini.zip")
    parser.add_argument("out", type=pathlib.Path, help="the folder of the files; must not exist")
    parser.add_argument("--inet", type=int, default=900, help="files of 500 pixels (default 900)")
    parser.add_argument("--phone", type=int, default=96, help="files of 4000 pixels (default 96)")
    parser.add_argument("--square", action="store_true", help="keep the originals' proportions")
    options = parser.parse_args()
    inet, phone = ((500, 500), (4000, 4000)) if options.square else ((500, 375), (4000, 3000))
    with zipfile.ZipFile(options.data) as archive:
        names = sorted(n for n in archive.namelist() if n.startswith("train/"))
    order = numpy.random.default_rng(SEED).permutation(len(names))
    for count in (SMALL_FILES, options.inet, options.phone):
        if count > len(names):
            sys.exit(f"{options.data} has {len(names)} training images, expected {count}")
    # Made beside its place and renamed, so that a folder of this name is always complete.
    part = options.out.with_name(options.out.name + ".part")
    part.mkdir(parents=True)
    if options.out.exists():
        sys.exit(f"{options.out} exists; remove it or name another folder")
    jobs = []
    for place, index in enumerate(order):
        name = names[index]
        file = pathlib.Path(name.split("/")[1], f"{place:04}.jpg")
        if place < SMALL_FILES:
            jobs.append((options.data, name, part / "small" / file, None))
        if place < options.inet:
            jobs.append((options.data, name, part / "inet" / file, (*inet, 6, 93, place)))
        if place < options.phone:
            jobs.append((options.data, name, part / "phone" / file, (*phone, 4, 90, place)))
    with multiprocessing.Pool() as pool:
        for _ in pool.imap_unordered(make, jobs, chunksize=8):
            pass
    part.rename(options.out)


def make(job):
    """Writes one file: the original, or an enlarged picture with grain."""
    data, name, file, how = job
    with zipfile.ZipFile(data) as archive:
        original = archive.read(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    if how is None:
        file.write_bytes(original)
        return
    width, height, deviation, quality, seed = how
    picture = enlarged(Image.open(io.BytesIO(original)).convert("RGB"), width, height)
    random = numpy.random.default_rng((SEED, width, seed))
    grain = random.standard_normal((height, width, 1), dtype=numpy.float32) * deviation
    grainy = numpy.rint(numpy.asarray(picture) + grain).clip(0, 255).astype(numpy.uint8)
    Image.fromarray(grainy).save(file, quality=quality)


def enlarged(picture, width, height):
    """The largest centered rectangle of the wanted proportions, enlarged."""
    across = min(picture.width, picture.height * width / height)
    down = across * height / width
    left, top = (picture.width - across) / 2, (picture.height - down) / 2
    box = (left, top, left + across, top + down)
    return picture.resize((width, height), Image.Resampling.BICUBIC, box)


if __name__ == "__main__":
    main()
