"""Makes the golden files of the data package: pictures of every kind and what Pillow makes of them.

Run: python3 make_golden.py (Pillow 9.4, Debian 12's python3-pil). Writes golden/*.<format> and beside each
golden/<name>.rgb: width and height as two big-endian 32-bit numbers, then the interleaved bytes of convert("RGB").
golden/resize.bin: for each case of resize.txt the result in the same form.
"""
import io, os, random, struct, zlib
from PIL import Image, ImageOps

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden"))
rnd = random.Random(7)


def raw(im):
    im = im.convert("RGB") if im.mode != "RGB" else im
    return struct.pack(">II", *im.size) + im.tobytes()


def picture(w, h):
    """Smooth colours with edges and a little noise."""
    im = Image.new("RGB", (w, h))
    px = im.load()
    for y in range(h):
        for x in range(w):
            edge = 90 if (x // 7 + y // 5) % 2 else 0
            px[x, y] = tuple(max(0, min(255, v + rnd.randrange(-6, 7))) for v in
                             (x * 160 // w + edge, y * 160 // h + edge, (x + y) * 120 // (w + h) + 90 - edge))
    return im


def keep(name, data, expected=None):
    with open(name, "wb") as f:
        f.write(data)
    im = expected or Image.open(io.BytesIO(data))
    with open(name + ".rgb", "wb") as f:
        f.write(raw(im))


def saved(im, fmt, **options):
    b = io.BytesIO()
    im.save(b, fmt, **options)
    return b.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(w, h, depth, colour, rows, extra=b"", interlace=0):
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlace)) + extra
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


a = picture(37, 29)
keep("rgb.png", saved(a, "PNG"))
keep("rgb-optimised.png", saved(a, "PNG", optimize=True))
keep("grey.png", saved(a.convert("L"), "PNG"))
keep("grey1.png", saved(a.convert("1"), "PNG"))
keep("palette.png", saved(a.quantize(200), "PNG"))
keep("palette4.png", saved(a.quantize(13), "PNG", bits=4))
keep("palette2.png", saved(a.quantize(4), "PNG", bits=2))
keep("palette-transparent.png", saved(a.quantize(60), "PNG", transparency=3))
rgba = a.copy()
rgba.putalpha(a.convert("L").point(lambda v: v * 2 % 256))
keep("rgba.png", saved(rgba, "PNG"))
keep("grey-alpha.png", saved(rgba.convert("LA"), "PNG"))
w, h = 11, 9
samples = [[rnd.randrange(65536) for _ in range(w * 3)] for _ in range(h)]
keep("rgb16.png", png(w, h, 16, 2, b"".join(b"\0" + struct.pack(">%dH" % (w * 3), *r) for r in samples)))
g16 = [[rnd.randrange(65536) for _ in range(w)] for _ in range(h)]
high = Image.frombytes("L", (w, h), bytes(v >> 8 for r in g16 for v in r))
keep("grey16.png", png(w, h, 16, 0, b"".join(b"\0" + struct.pack(">%dH" % w, *r) for r in g16)), high)
g4 = b"".join(b"\0" + bytes(rnd.randrange(256) for _ in range(6)) for _ in range(h))
keep("grey4.png", png(w, h, 4, 0, g4))
g2 = b"".join(b"\0" + bytes(rnd.randrange(256) for _ in range(3)) for _ in range(h))
keep("grey2.png", png(w, h, 2, 0, g2))


def adam7(im):
    rows = b""
    for x0, y0, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)):
        for y in range(y0, im.height, dy):
            line = b"".join(bytes(im.getpixel((x, y))) for x in range(x0, im.width, dx))
            rows += b"\0" + line if line else b""
    return rows


keep("interlaced.png", png(a.width, a.height, 8, 2, adam7(a), interlace=1))
tiny = picture(1, 3)
keep("interlaced-tiny.png", png(1, 3, 8, 2, adam7(tiny), interlace=1))

b = picture(61, 47)
keep("444.jpg", saved(b, "JPEG", quality=88, subsampling=0))
keep("422.jpg", saved(b, "JPEG", quality=80, subsampling=1))
keep("420.jpg", saved(b, "JPEG", quality=75, subsampling=2))
keep("progressive.jpg", saved(b, "JPEG", quality=75, progressive=True))
keep("grey.jpg", saved(b.convert("L"), "JPEG", quality=75))
cmyk = saved(b.convert("CMYK"), "JPEG", quality=85)
keep("cmyk.jpg", cmyk)
at = cmyk.index(b"Adobe") + 11
keep("ycck.jpg", cmyk[:at] + b"\x02" + cmyk[at + 1:])
plain = saved(b, "JPEG", quality=75)
for o in range(1, 9):
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HH", o, 0) + b"\0\0\0\0"
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]
    keep("exif%d.jpg" % o, data, ImageOps.exif_transpose(Image.open(io.BytesIO(data))))

keep("one.gif", saved(a.quantize(100), "GIF"))
keep("grey.gif", saved(a.convert("L"), "GIF"))
frames = [picture(20, 14).quantize(32) for _ in range(3)]
keep("animated.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50))
keep("transparent.gif", saved(a.quantize(31), "GIF", transparency=5))
keep("interlaced.gif", saved(a.quantize(100), "GIF", interlace=1))
keep("rgb.bmp", saved(a, "BMP"))
keep("grey.bmp", saved(a.convert("L"), "BMP"))
keep("palette.bmp", saved(a.quantize(16), "BMP"))
keep("bits.bmp", saved(a.convert("1"), "BMP"))
keep("lossless.webp", saved(a, "WEBP", lossless=True))
keep("lossless-alpha.webp", saved(rgba, "WEBP", lossless=True, exact=True))
# Constant chroma, so that how a decoder interpolates chroma has no influence.
smooth = Image.new("RGB", (64, 48))
smooth.putdata([(x + y + 90, x + y + 50, x + y + 30) for y in range(48) for x in range(64)])
keep("lossy.webp", saved(smooth, "WEBP", quality=90))
smooth.putalpha(200)
keep("lossy-alpha.webp", saved(smooth, "WEBP", quality=90))

filters = {"nearest": 0, "box": 4, "bilinear": 2, "bicubic": 3, "lanczos": 1}
source = picture(53, 41)
with open("source.rgb", "wb") as f:
    f.write(raw(source))
with open("resize.txt", "w") as names, open("resize.bin", "wb") as f:
    for name, number in filters.items():
        for box, size in ((None, (24, 17)), (None, (53, 20)), (None, (31, 41)), (None, (70, 66)), (None, (1, 1)), (None, (7, 90)),
                          ((5, 3, 41, 38), (24, 24)), ((10, 10, 14, 13), (16, 16)), ((0, 7, 53, 9), (13, 1))):
            im = source.crop(box) if box else source
            left, top, right, bottom = box or (0, 0, 53, 41)
            out = im.resize(size, number)
            names.write("%s %d %d %d %d %d %d\n" % (name, left, top, right - left, bottom - top, *size))
            f.write(raw(out))

# What Image.reduce makes of source.rgb.
with open("reduce.bin", "wb") as f:
    for factor in (2, 3, 4, 5, 7, 60):
        f.write(raw(source.reduce(factor)))
