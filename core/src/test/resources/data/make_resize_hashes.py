"""Makes golden/resize-hashes.txt: CRC-32 of what Pillow's Image.resize makes of boxes that lie between pixels.

Run: python3 make_resize_hashes.py (Pillow 9.4, Debian 12's python3-pil; Pillow 13 resizes some pictures
vertically first, which rounds differently). A line holds the size of the source, whose byte i is
the highest byte of i * 2654435761 modulo 2^32, the filter, the box, the size of the result and its CRC-32.
"""
import os, random, struct, zlib
from PIL import Image

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden"))
rnd = random.Random(14)
filters = {"box": 4, "bilinear": 2, "bicubic": 3, "lanczos": 1}


def source(w, h):
    return Image.frombytes("RGB", (w, h), bytes(i * 2654435761 >> 24 & 255 for i in range(w * h * 3)))


def single(v):
    """The nearest number in single precision, which is what Pillow takes."""
    return struct.unpack("f", struct.pack("f", v))[0]


def between(end):
    return sorted(single(rnd.choice((rnd.uniform(0, end), rnd.randrange(end + 1), rnd.randrange(8 * end + 1) / 8))) for _ in range(2))


with open("resize-hashes.txt", "w") as f:
    def case(w, h, name, box, size):
        out = source(w, h).resize(size, filters[name], box=box)
        f.write("%d %d %s %r %r %r %r %d %d %08x\n" % (w, h, name, *box, *size, zlib.crc32(out.tobytes())))

    for name in filters:
        for w, h, *size in ((224, 224, 256, 256), (500, 375, 341, 256), (1000, 750, 341, 256), (31, 1300, 17, 500), (1300, 31, 500, 17),
                            (700, 1100, 3, 2), (1, 1, 5, 4), (5, 1, 2, 3), (1, 9, 3, 2), (2, 3, 4, 3), (3, 2, 3, 5), (100000, 2, 3, 2), (2, 30000, 2, 3)):
            case(w, h, name, (0.0, 0.0, float(w), float(h)), tuple(size))
        for _ in range(60):
            w, h = rnd.randrange(1, 90), rnd.randrange(1, 90)
            (l, r), (t, b) = between(w), between(h)
            if r - l > 1e-3 and b - t > 1e-3:
                case(w, h, name, (l, t, r, b), (rnd.randrange(1, 40), rnd.randrange(1, 40)))
