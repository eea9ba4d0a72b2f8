"""Makes image-corpus.zip: more than 400 small images of every kind that is met, and what Pillow makes of them.

Run: python3 make_image_corpus.py (Debian 12: python3-pil 9.4, python3-numpy, libwebp7, libjpeg-turbo-progs, libtiff-tools).
Beside the images the zip holds corpus.csv: file, kind, width, height and the SHA-256 of the interleaved bytes of
ImageOps.exif_transpose(image).convert("RGB") (TIFF: of image.convert("RGB")). Kinds that start with "grey16" are the exception: Pillow clips 16-bit grey at
255, which leaves nearly nothing but white; expected is the high byte of each sample.

python3 make_image_corpus.py --smooth-webp FOLDER writes instead 260 smooth lossy WebP images over the whole range of the
encoder's parameters, and FOLDER/corpus.csv.
"""
import csv, ctypes, ctypes.util, hashlib, io, os, random, struct, subprocess, sys, tempfile, zipfile, zlib
import numpy
from PIL import Image, ImageDraw, ImageOps

rnd = random.Random(12)
rows, members, names = [], [], set()


# ------------------------------------------------------------------------------------------------ images

def smooth(w, h):
    """A few slow waves in each channel."""
    y, x = numpy.mgrid[0:h, 0:w] / 40.0
    channels = []
    for _ in range(3):
        a, b, c, d = (rnd.uniform(-2, 2) for _ in range(4))
        v = numpy.sin(a * x + b * y + c) + 0.6 * numpy.cos(d * x * y * 0.3 + a)
        low, high = sorted((rnd.randrange(0, 256), rnd.randrange(0, 256)))
        channels.append(low + (v - v.min()) / max(1e-9, v.max() - v.min()) * (high - low))
    return Image.fromarray(numpy.stack(channels, 2).round().clip(0, 255).astype("uint8"))


def noisy(w, h):
    base = numpy.asarray(smooth(w, h)).astype("int32")
    grain = numpy.array([[[rnd.randrange(-40, 41) for _ in range(3)] for _ in range(w)] for _ in range(h)])
    return Image.fromarray((base + grain).clip(0, 255).astype("uint8"))


def flat(w, h):
    im = Image.new("RGB", (w, h), tuple(rnd.randrange(256) for _ in range(3)))
    ImageDraw.Draw(im).rectangle((w // 4, h // 3, w // 2, h - 2), fill=tuple(rnd.randrange(256) for _ in range(3)))
    return im


def text(w, h):
    im = Image.new("RGB", (w, h), "white")
    draw = ImageDraw.Draw(im)
    for line in range(0, h, 11):
        draw.text((1, line), "".join(rnd.choice("abcdefgh ijklmNOPQ") for _ in range(30)), fill=rnd.choice(("black", "navy", "red")))
    return im


def edges(w, h):
    """Coarse tiles over a slope."""
    im = smooth(w, h)
    draw = ImageDraw.Draw(im)
    for _ in range(6):
        x, y = rnd.randrange(w), rnd.randrange(h)
        draw.ellipse((x, y, x + rnd.randrange(3, 30), y + rnd.randrange(3, 30)), fill=tuple(rnd.randrange(256) for _ in range(3)))
    return im


MAKERS = (smooth, edges, noisy, text, flat)


def any_image(n, low=16, high=64):
    return MAKERS[n % 5](rnd.randrange(low, high), rnd.randrange(low, high))


def with_alpha(im):
    im = im.copy()
    im.putalpha(Image.fromarray((numpy.asarray(smooth(*im.size))[:, :, 0])))
    return im


# ------------------------------------------------------------------------------------------------ keeping

def rgb(im):
    """Pillow turns TIFFs when it loads them; exif_transpose of 9.4 would turn them again."""
    return (im if im.format == "TIFF" else ImageOps.exif_transpose(im)).convert("RGB")


def keep(name, kind, data, expected=None):
    assert name not in names, name
    names.add(name)
    if expected is None:
        expected = rgb(Image.open(io.BytesIO(data)))
    rows.append((name, kind, expected.width, expected.height, hashlib.sha256(expected.tobytes()).hexdigest()))
    members.append((name, data))


def saved(im, fmt, **options):
    b = io.BytesIO()
    im.save(b, fmt, **options)
    return b.getvalue()


def run(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


# ------------------------------------------------------------------------------------------------ JPEG

def jpegs():
    samplings = {"444": "1x1", "422": "2x1", "420": "2x2", "440": "1x2", "411": "4x1", "410": "4x2", "441": "1x4"}
    qualities = [1, 2, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 85, 90, 93, 95, 97, 99, 100]
    n = 0
    for name, sample in samplings.items():
        for k in range(14 if name in ("444", "422", "420") else 8):
            q = qualities[(n * 7) % len(qualities)]
            options = ["-quality", str(q), "-sample", sample + ",1x1,1x1"]
            kind = "jpeg " + name
            if q <= 25:
                options.append("-baseline")  # Tables of 16 bits are a kind of their own.
            if k % 4 == 1:
                options.append("-progressive")
                kind += " progressive"
            if k % 4 == 2:
                options += ["-restart", ("1", "1B", "2", "3B")[k // 4 % 4]]
                kind += " restart"
            if k % 4 == 3:
                options.append("-optimize")
            data = run(["cjpeg"] + options, saved(any_image(n), "PPM"))
            keep("jpeg-%s-%02d-q%d.jpg" % (name, k, q), kind, data)
            n += 1
    for k, q in enumerate((1, 2, 3, 4, 5, 7, 9, 11, 14, 18)):
        options = ["-quality", str(q)] + (["-progressive"] if k % 3 == 2 else [])
        keep("jpeg-dqt16-q%d.jpg" % q, "jpeg 16-bit tables", run(["cjpeg"] + options, saved(any_image(k), "PPM")))
    for k, q in enumerate((10, 50, 80, 95, 100)):
        options = ["-quality", str(q), "-baseline", "-grayscale"] + (["-progressive"] if k % 2 else [])
        keep("jpeg-grey-q%d.jpg" % q, "jpeg grey", run(["cjpeg"] + options, saved(any_image(k), "PPM")))
    for k, q in enumerate((30, 75, 95)):
        keep("jpeg-rgb-q%d.jpg" % q, "jpeg RGB", run(["cjpeg", "-quality", str(q), "-rgb"], saved(any_image(k), "PPM")))
    for k in range(8):
        data = saved(any_image(k).convert("CMYK"), "JPEG", quality=(20, 60, 85, 98)[k % 4], subsampling=k % 3, progressive=k > 5)
        at = data.index(b"Adobe") + 11
        keep("jpeg-cmyk-%d.jpg" % k, "jpeg CMYK", data)
        keep("jpeg-ycck-%d.jpg" % k, "jpeg YCCK", data[:at] + b"\x02" + data[at + 1:])
        if k < 3:
            cut = data.index(b"\xff\xee")
            length = struct.unpack(">H", data[cut + 2:cut + 4])[0]
            keep("jpeg-cmyk-unmarked-%d.jpg" % k, "jpeg CMYK without Adobe marker", data[:cut] + data[cut + 2 + length:])
    plain = saved(edges(37, 23), "JPEG", quality=80)
    for o in range(1, 9):
        exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HH", o, 0) + b"\0\0\0\0"
        keep("jpeg-exif-%d.jpg" % o, "jpeg orientation", plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:])
    for w, h in ((1, 1), (1, 17), (17, 1), (7, 8), (9, 33), (16, 16)):
        for s in (0, 1, 2):
            keep("jpeg-tiny-%dx%d-%d.jpg" % (w, h, s), "jpeg tiny", saved(noisy(w, h), "JPEG", quality=85, subsampling=s))
    for k in range(2):
        keep("jpeg-arithmetic-%d.jpg" % k, "jpeg arithmetic", run(["cjpeg", "-arithmetic"] + ["-progressive"] * k, saved(any_image(k), "PPM")))
    for k, options in enumerate((["-sample", "2x2,2x1,1x1"], ["-sample", "1x1,2x2,2x2"], ["-sample", "2x2,1x2,1x2"])):
        keep("jpeg-odd-sampling-%d.jpg" % k, "jpeg odd sampling", run(["cjpeg", "-quality", "85"] + options, saved(any_image(k), "PPM")))


# ------------------------------------------------------------------------------------------------ PNG

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth):
    """One row of samples as bytes, the highest bit first."""
    if depth == 16:
        return b"".join(struct.pack(">H", s) for s in samples)
    bits = "".join(format(s, "0%db" % depth) for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def filtered(lines, step):
    """Rows behind their filter bytes, each of another filter."""
    out, above = b"", None
    for line in lines:
        above = above or bytes(len(line))
        f = rnd.randrange(5)
        row = bytearray()
        for i, v in enumerate(line):
            a = line[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row.append(v - (0, a, b, (a + b) // 2, nearest)[f] & 255)
        out += bytes((f,)) + bytes(row)
        above = line
    return out


def png(w, h, depth, colour, pixel, interlace, extra=b"", split=0):
    """pixel(x, y) gives the samples of a pixel."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    step = max(1, channels * depth // 8)
    raw = b""
    for x0, y0, dx, dy in ADAM7 if interlace else ((0, 0, 1, 1),):
        lines = [packed([s for x in range(x0, w, dx) for s in pixel(x, y)], depth) for y in range(y0, h, dy)]
        raw += filtered([line for line in lines if line], step)
    z = zlib.compress(raw, 9)
    cut = max(1, len(z) // (split + 1))
    data = b"".join(chunk(b"IDAT", z[i:i + cut]) for i in range(0, len(z), cut))
    head = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + data + chunk(b"IEND", b"")


def pngs():
    kinds = [(0, d) for d in (1, 2, 4, 8, 16)] + [(2, 8), (2, 16)] + [(3, d) for d in (1, 2, 4, 8)] + [(4, 8), (4, 16), (6, 8), (6, 16)]
    words = {0: "grey", 2: "rgb", 3: "palette", 4: "grey-alpha", 6: "rgba"}
    for colour, depth in kinds:
        channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
        for interlace in (0, 1):
            for transparent in ((False, True) if colour in (0, 2, 3) else (False,)):
                w, h = rnd.randrange(9, 34), rnd.randrange(9, 30)
                im = numpy.asarray(with_alpha(edges(w, h))).astype("int32")
                top = (1 << depth) - 1

                def pixel(x, y):
                    return [(int(im[y, x, c if channels > 2 or c == 0 else 3]) * 257 + x * 7) * top // 67000 for c in range(channels)]

                extra = b""
                if colour == 3:
                    extra = chunk(b"PLTE", bytes(rnd.randrange(256) for _ in range(3 << depth)))
                if transparent:
                    value = {0: struct.pack(">H", pixel(3, 3)[0]), 2: struct.pack(">3H", *(pixel(3, 3) * 3)[:3]), 3: bytes((0, 128))[:1 << depth]}
                    extra += chunk(b"tRNS", value[colour])
                name = "png-%s%d%s%s.png" % (words[colour], depth, "-adam7" if interlace else "", "-trns" if transparent else "")
                grey16 = colour == 0 and depth == 16
                high = Image.frombytes("L", (w, h), bytes(pixel(x, y)[0] >> 8 for y in range(h) for x in range(w))).convert("RGB") if grey16 else None
                keep(name, ("grey16 " if grey16 else "") + "png %s%d" % (words[colour], depth),
                     png(w, h, depth, colour, pixel, interlace, extra, split=rnd.randrange(4)), high)
    for n in range(10):
        im = any_image(n)
        keep("png-pillow-%d.png" % n, "png rgb8", saved(im, "PNG", optimize=n % 2 == 0))
        keep("png-quantized-%d.png" % n, "png palette", saved(im.quantize((2, 3, 7, 16, 30, 64, 120, 200, 255, 256)[n]), "PNG"))
    for n, (w, h) in enumerate(((1, 1), (1, 9), (9, 1), (3, 2), (5, 5))):
        for interlace in (0, 1):
            im = noisy(w, h)
            keep("png-tiny-%d-%d.png" % (n, interlace), "png tiny", png(w, h, 8, 2, lambda x, y: im.getpixel((x, y)), interlace))
    small = edges(20, 13)
    for o in (3, 6, 8):
        exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01" + struct.pack(">HH", o, 0) + b"\0\0\0\0"
        data = png(20, 13, 8, 2, lambda x, y: small.getpixel((x, y)), 0, chunk(b"gAMA", struct.pack(">I", 45455)) + chunk(b"eXIf", exif))
        keep("png-exif-%d.png" % o, "png orientation", data)
    frames = [edges(24, 18) for _ in range(3)]
    keep("png-animated.png", "png animated", saved(frames[0], "PNG", save_all=True, append_images=frames[1:]))


# ------------------------------------------------------------------------------------------------ GIF

def gif(screen, frame, indices, palette, bits, extra=b"", interlaced=False, local=False, background=0, version=b"GIF89a"):
    """One frame (left, top, width, height) of indices on a screen."""
    table = bytes(palette)
    left, top, w, h = frame
    lines = [indices[y * w:(y + 1) * w] for y in range(h)]
    if interlaced:
        lines = [lines[y] for start, step in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(start, h, step)]
    stream = b"".join(bytes(line) for line in lines)
    size = max(2, bits)
    clear, out, acc, n = 1 << size, bytearray(), 0, 0
    codes = []
    for i in range(0, len(stream), (1 << size) - 3 if size > 2 else 1):
        codes += [clear] + list(stream[i:i + ((1 << size) - 3 if size > 2 else 1)])
    for c in codes + [clear + 1]:
        acc |= c << n
        n += size + 1
        while n >= 8:
            out.append(acc & 255)
            acc >>= 8
            n -= 8
    if n:
        out.append(acc & 255)
    blocks = b"".join(bytes((len(out[i:i + 255]),)) + bytes(out[i:i + 255]) for i in range(0, len(out), 255)) + b"\0"
    flags = (0x40 if interlaced else 0) | (0x80 | bits - 1 if local else 0)
    return (version + struct.pack("<HHBBB", *screen, (0 if local else 0x80) | 0x70 | bits - 1, background, 0) + (b"" if local else table)
            + extra + b"," + struct.pack("<HHHHB", *frame, flags) + (table if local else b"") + bytes((size,)) + blocks + b";")


def gifs():
    for n in range(10):
        im = any_image(n).quantize((2, 4, 8, 16, 32, 64, 128, 200, 255, 256)[n])
        keep("gif-pillow-%d.gif" % n, "gif", saved(im, "GIF", interlace=n % 2, optimize=n % 3 == 0))
    keep("gif-grey.gif", "gif", saved(edges(30, 20).convert("L"), "GIF"))
    for n in range(4):
        keep("gif-transparent-%d.gif" % n, "gif transparent", saved(any_image(n).quantize(30 + n), "GIF", transparency=n * 3))
    for n in range(4):
        frames = [edges(28, 21).quantize(16 + 40 * n) for _ in range(3)]
        keep("gif-animated-%d.gif" % n, "gif animated", saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50, loop=n % 2, disposal=n % 3))
    palette = [rnd.randrange(256) for _ in range(48)]
    indices = [rnd.randrange(16) for _ in range(14 * 9)]
    control = b"!\xf9\x04" + struct.pack("<BHB", 1, 0, 5) + b"\0"
    for n, (screen, frame) in enumerate((((14, 9), (0, 0, 14, 9)), ((20, 15), (3, 2, 14, 9)), ((20, 15), (0, 0, 14, 9)), ((10, 6), (0, 0, 14, 9)), ((10, 6), (4, 3, 14, 9)))):
        for t in (0, 1):
            for local in (False, True):
                keep("gif-frame-%d-%d-%d.gif" % (n, t, local), "gif frame on a screen",
                     gif(screen, frame, indices, palette, 4, control if t else b"", interlaced=n % 2 == 1, local=local, background=7))
    keep("gif-87a.gif", "gif", gif((14, 9), (0, 0, 14, 9), indices, palette, 4, version=b"GIF87a"))
    keep("gif-comment.gif", "gif", gif((14, 9), (0, 0, 14, 9), indices, palette, 4, b"!\xfe\x05hello\0"))


# ------------------------------------------------------------------------------------------------ BMP

def bmp(w, h, bits, lines, palette=b"", compression=0, masks=b"", core=False, top_down=False, header=40):
    """Lines from top to bottom, each padded to four bytes here."""
    body = b"".join(line + b"\0" * (-len(line) % 4) for line in (lines if top_down else lines[::-1])) if isinstance(lines, list) else lines
    if core:
        info = struct.pack("<IHHHH", 12, w, h, 1, bits)
    else:
        info = struct.pack("<IiiHHIIiiII", header, w, -h if top_down else h, 1, bits, compression, len(body), 2835, 2835, len(palette) // 4, 0)
        info += masks.ljust(header - 40, b"\0") if header > 40 else masks
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + info + palette + body


def bmps():
    for n in range(3):
        im = any_image(n)
        keep("bmp-rgb-%d.bmp" % n, "bmp 24", saved(im, "BMP"))
        keep("bmp-grey-%d.bmp" % n, "bmp 8", saved(im.convert("L"), "BMP"))
        keep("bmp-bits-%d.bmp" % n, "bmp 1", saved(im.convert("1"), "BMP"))
        keep("bmp-rgba-%d.bmp" % n, "bmp 32", saved(with_alpha(im), "BMP"))
    w, h = 13, 9
    colours = bytes(v for _ in range(256) for v in (rnd.randrange(256), rnd.randrange(256), rnd.randrange(256), 0))
    threes = lambda n: b"".join(colours[4 * i:4 * i + 3] for i in range(n))
    eight = [bytes(rnd.randrange(256) for _ in range(w)) for _ in range(h)]
    four = [bytes(rnd.randrange(256) for _ in range(7)) for _ in range(h)]
    one = [bytes(rnd.randrange(256) for _ in range(2)) for _ in range(h)]
    sixteen = [struct.pack("<%dH" % w, *(rnd.randrange(65536) for _ in range(w))) for _ in range(h)]
    twenty4 = [bytes(rnd.randrange(256) for _ in range(3 * w)) for _ in range(h)]
    thirty2 = [bytes(rnd.randrange(256) for _ in range(4 * w)) for _ in range(h)]
    for down in (False, True):
        t = "-topdown" if down else ""
        keep("bmp-palette8%s.bmp" % t, "bmp 8", bmp(w, h, 8, eight, colours, top_down=down))
        keep("bmp-palette4%s.bmp" % t, "bmp 4", bmp(w, h, 4, four, colours[:64], top_down=down))
        keep("bmp-palette1%s.bmp" % t, "bmp 1", bmp(w, h, 1, one, colours[:8], top_down=down))
        keep("bmp-555%s.bmp" % t, "bmp 16", bmp(w, h, 16, sixteen, top_down=down))
        keep("bmp-565%s.bmp" % t, "bmp 16", bmp(w, h, 16, sixteen, compression=3, masks=struct.pack("<3I", 0xf800, 0x7e0, 0x1f), top_down=down))
        keep("bmp-24%s.bmp" % t, "bmp 24", bmp(w, h, 24, twenty4, top_down=down))
        keep("bmp-32%s.bmp" % t, "bmp 32", bmp(w, h, 32, thirty2, top_down=down))
    keep("bmp-32-fields.bmp", "bmp 32", bmp(w, h, 32, thirty2, compression=3, masks=struct.pack("<4I", 0xff0000, 0xff00, 0xff, 0xff000000), header=108))
    keep("bmp-32-fields-rgba.bmp", "bmp 32", bmp(w, h, 32, thirty2, compression=3, masks=struct.pack("<4I", 0xff, 0xff00, 0xff0000, 0xff000000), header=124))
    keep("bmp-core8.bmp", "bmp OS/2", bmp(w, h, 8, eight, threes(256), core=True))
    keep("bmp-core24.bmp", "bmp OS/2", bmp(w, h, 24, twenty4, core=True))
    keep("bmp-core16.bmp", "bmp OS/2", bmp(w, h, 16, sixteen, core=True))
    few = [bytes(v % 10 for v in line) for line in eight]
    keep("bmp-few-colours.bmp", "bmp 8", bmp(w, h, 8, few, colours[:40]))
    for word, masks in (("xbgr", (0xff000000, 0xff0000, 0xff00, 0)), ("abgr", (0xff000000, 0xff0000, 0xff00, 0xff)), ("bgrx", (0xff0000, 0xff00, 0xff, 0))):
        keep("bmp-32-fields-%s.bmp" % word, "bmp 32", bmp(w, h, 32, thirty2, compression=3, masks=struct.pack("<4I", *masks), header=108))
    keep("bmp-32-fields-short.bmp", "bmp 32", bmp(w, h, 32, thirty2, compression=3, masks=struct.pack("<3I", 0xff0000, 0xff00, 0xff)))
    keep("bmp-grey-palette4.bmp", "bmp 4", bmp(w, h, 4, four, bytes(v for i in range(16) for v in (i * 17, i * 17, i * 17, 0))))
    rle = b"".join(bytes((4, y, 3, 9)) + bytes((0, 5, 1, 2, 3, 4, 5, 0)) + bytes((1, 200, 0, 0)) for y in range(h)) + b"\0\1"
    keep("bmp-rle8.bmp", "bmp RLE8", bmp(w, h, 8, rle, colours, compression=1))
    rle4 = b"".join(bytes((8, 0x12 + y)) + bytes((5, 0x3a)) + b"\0\0" for y in range(h)) + b"\0\1"
    keep("bmp-rle4.bmp", "bmp RLE4", bmp(w, h, 4, rle4, colours[:64], compression=2))


# ------------------------------------------------------------------------------------------------ WebP

class Webp:
    """The encoder with all its settings, partitions among them, which no tool gives."""
    INTS = ("lossless", None, "method", "image_hint", "target_size", None, "segments", "sns_strength", "filter_strength", "filter_sharpness",
            "filter_type", "autofilter", "alpha_compression", "alpha_filtering", "alpha_quality", "pass", "show_compressed", "preprocessing",
            "partitions", "partition_limit", "emulate_jpeg_size", "thread_level", "low_memory", "near_lossless", "exact",
            "use_delta_palette", "use_sharp_yuv", "qmin", "qmax")
    lib = ctypes.CDLL(ctypes.util.find_library("webp") or "libwebp.so.7")

    @classmethod
    def encode(cls, im, quality, **settings):
        config, abi = ctypes.create_string_buffer(256), 0x020f
        assert cls.lib.WebPConfigInitInternal(config, 0, ctypes.c_float(quality), abi)
        for key, value in settings.items():
            struct.pack_into("i", config, 4 * cls.INTS.index(key), value)
        assert cls.lib.WebPValidateConfig(config), settings
        picture, writer = ctypes.create_string_buffer(1024), ctypes.create_string_buffer(64)
        assert cls.lib.WebPPictureInitInternal(picture, abi)
        cls.lib.WebPMemoryWriterInit(writer)
        struct.pack_into("i", picture, 0, settings.get("lossless", 0))
        struct.pack_into("ii", picture, 8, *im.size)
        write = ctypes.cast(cls.lib.WebPMemoryWrite, ctypes.c_void_p).value
        # use_argb, colorspace, width, height, y, u, v, strides, a, stride, pad[2], argb, stride, pad[3], writer, custom_ptr
        struct.pack_into("QQ", picture, 96, write, ctypes.addressof(writer))
        alpha = im.mode == "RGBA"
        importer = cls.lib.WebPPictureImportRGBA if alpha else cls.lib.WebPPictureImportRGB
        assert importer(picture, im.tobytes(), im.width * (4 if alpha else 3))
        assert cls.lib.WebPEncode(config, picture), settings
        address, size = struct.unpack_from("QQ", writer, 0)
        data = ctypes.string_at(address, size)
        cls.lib.WebPPictureFree(picture)
        cls.lib.WebPMemoryWriterClear(writer)
        return data


def lossy_settings():
    s = {"method": rnd.randrange(7), "segments": rnd.randrange(1, 5), "sns_strength": rnd.choice((0, 50, 100)),
         "filter_strength": rnd.choice((0, 10, 40, 60, 100)), "filter_sharpness": rnd.randrange(8), "filter_type": rnd.randrange(2),
         "partitions": rnd.randrange(4), "pass": rnd.choice((1, 1, 3)), "preprocessing": rnd.choice((0, 0, 1, 2)),
         "partition_limit": rnd.choice((0, 0, 50, 100)), "autofilter": rnd.choice((0, 0, 1))}
    if rnd.randrange(5) == 0:
        s["use_sharp_yuv"] = 1
    return s


def riff(chunks):
    body = b"WEBP" + b"".join(k + struct.pack("<I", len(d)) + d + b"\0" * (len(d) % 2) for k, d in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webps():
    for n in range(74):
        q = rnd.choice((0, 1, 5, 10, 20, 35, 50, 65, 75, 85, 92, 97, 100))
        im = any_image(n, 16, 100) if n < 64 else noisy(*((1, 1), (1, 20), (20, 1), (2, 2), (15, 17), (16, 16), (17, 33), (3, 3), (31, 2), (32, 48))[n - 64])
        keep("webp-lossy-%02d-q%d.webp" % (n, q), "webp lossy", Webp.encode(im, q, **lossy_settings()))
    for n in range(8):
        keep("webp-lossy-alpha-%d.webp" % n, "webp lossy with alpha",
             Webp.encode(with_alpha(any_image(n)), (30, 80)[n % 2], alpha_filtering=n % 3, alpha_compression=n // 2 % 2, alpha_quality=(100, 40)[n // 4], exact=n % 2))
    for n in range(20):
        im = any_image(n, 16, 60)
        im = im.quantize((2, 4, 12, 60)[n % 4]).convert("RGB") if n >= 12 else im
        im = with_alpha(im) if n % 4 == 3 else im
        keep("webp-lossless-%02d.webp" % n, "webp lossless", Webp.encode(im, (0, 50, 75, 100)[n // 3 % 4], lossless=1, method=n % 7, exact=n % 2, near_lossless=(100, 100, 60)[n % 3]))
    for n, (w, h) in enumerate(((1, 1), (1, 9), (9, 1), (3, 2))):
        keep("webp-lossless-tiny-%d.webp" % n, "webp lossless", Webp.encode(noisy(w, h), 75, lossless=1, method=4))
    for n in range(5):
        frames = [edges(40, 30) if n < 4 else with_alpha(edges(40, 30)) for _ in range(3)]
        keep("webp-animated-%d.webp" % n, "webp animated", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=n % 2 == 1, quality=70, duration=40))
    # A first frame that covers a part of the canvas only.
    inner = Webp.encode(edges(16, 12), 80)[12:]
    canvas = struct.pack("<I", 2) + struct.pack("<I", 29)[:3] + struct.pack("<I", 19)[:3]
    place = b"".join(struct.pack("<I", v)[:3] for v in (3, 2, 15, 11, 100))
    keep("webp-animated-inner.webp", "webp animated", riff(((b"VP8X", canvas), (b"ANIM", b"\xff\x80\x40\xff\0\0"), (b"ANMF", place + b"\0" + inner))))
    for o in (1, 3, 6, 8):
        exif = Image.Exif()
        exif[0x112] = o
        keep("webp-exif-%d.webp" % o, "webp orientation", saved(edges(30, 22), "WEBP", quality=80, exif=exif, lossless=o == 8))


def smooth_webps(folder):
    os.makedirs(folder, exist_ok=True)
    for n in range(260):
        q = (n * 13) % 101
        keep("smooth-%03d-q%d.webp" % (n, q), "webp lossy", Webp.encode(smooth(160, 160), q, **lossy_settings()))
    for name, data in members:
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    with open(os.path.join(folder, "corpus.csv"), "w") as f:
        csv.writer(f, lineterminator="\n").writerows(rows)


# ------------------------------------------------------------------------------------------------ TIFF

def tiff_through(tool, data, *options):
    with tempfile.TemporaryDirectory() as folder:
        a, b = os.path.join(folder, "a.tif"), os.path.join(folder, "b.tif")
        with open(a, "wb") as f:
            f.write(data)
        subprocess.run([tool, *options, a, b] if tool == "tiffcp" else [tool, *options, a], check=True, stderr=subprocess.DEVNULL)
        with open(b if tool == "tiffcp" else a, "rb") as f:
            return f.read()


def high_bytes(im):
    return Image.fromarray((numpy.asarray(im).astype("int64") >> 8).astype("uint8")).convert("RGB")


def deep(w, h):
    """16-bit grey."""
    a = numpy.asarray(smooth(w, h)).astype("uint16")
    return Image.fromarray(a[:, :, 0] * 256 + a[:, :, 1])


def tiffs():
    packings = {"raw": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate", "deflate-old": "tiff_deflate", "packbits": "packbits"}
    for n, (word, packing) in enumerate(packings.items()):
        im = (edges, text, smooth, noisy, edges)[n](rnd.randrange(20, 50), rnd.randrange(20, 50))
        for mode, source in (("1", im.convert("1")), ("grey", im.convert("L")), ("palette", im.quantize(50 + n)), ("rgb", im),
                             ("rgba", with_alpha(im)), ("cmyk", im.convert("CMYK")), ("grey-alpha", with_alpha(im).convert("LA"))):
            keep("tiff-%s-%s.tif" % (mode, word), "tiff " + mode, saved(source, "TIFF", compression=packing))
        g = deep(21, 17)
        keep("tiff-grey16-%s.tif" % word, "grey16 tiff", saved(g, "TIFF", compression=packing), high_bytes(g))
    base = saved(edges(45, 38), "TIFF")
    grey = saved(edges(45, 38).convert("L"), "TIFF")
    for word, options in {"tiled": ("-t", "-w", "16", "-l", "32"), "tiled-lzw": ("-t", "-w", "32", "-l", "16", "-c", "lzw"), "strips": ("-s", "-r", "5"),
                          "lzw-predictor": ("-c", "lzw:2"), "zip-predictor": ("-c", "zip:2", "-r", "7"), "separate": ("-p", "separate"),
                          "separate-lzw": ("-p", "separate", "-c", "lzw", "-r", "9"), "separate-tiled": ("-p", "separate", "-t", "-w", "16", "-l", "16"),
                          "big-endian": ("-B",), "bigtiff": ("-8",), "big-endian-lzw": ("-B", "-c", "lzw:2"), "lzma": ("-c", "lzma"), "zstd": ("-c", "zstd"), "webp": ("-c", "webp")}.items():
        keep("tiff-cp-%s.tif" % word, "tiff " + (word if word in ("bigtiff", "lzma", "zstd", "webp") else "rgb"), tiff_through("tiffcp", base, *options))
    for word, options in {"tiled": ("-t", "-w", "16", "-l", "16", "-c", "packbits"), "predictor": ("-c", "zip:2"), "reversed": ("-f", "lsb2msb")}.items():
        keep("tiff-grey-cp-%s.tif" % word, "tiff grey", tiff_through("tiffcp", grey, *options))
    bits = saved(text(70, 33).convert("1"), "TIFF")
    for word, options in {"g3": ("-c", "g3"), "g3-2d": ("-c", "g3:2d"), "g4": ("-c", "g4"), "g4-strips": ("-c", "g4", "-r", "8"), "reversed": ("-f", "lsb2msb"), "reversed-g4": ("-f", "lsb2msb", "-c", "g4")}.items():
        keep("tiff-fax-%s.tif" % word, "tiff fax" if "g3" in word or "g4" in word else "tiff 1", tiff_through("tiffcp", bits, *options))
    for q in (30, 75, 95):
        keep("tiff-jpeg-%d.tif" % q, "tiff jpeg", saved(edges(50, 40), "TIFF", compression="jpeg", quality=q))
        keep("tiff-jpeg-grey-%d.tif" % q, "tiff jpeg", saved(edges(50, 40).convert("L"), "TIFF", compression="jpeg", quality=q))
        keep("tiff-jpeg-rgb-%d.tif" % q, "tiff jpeg", tiff_through("tiffcp", base, "-c", "jpeg:r:%d" % q))
        keep("tiff-jpeg-strips-%d.tif" % q, "tiff jpeg", tiff_through("tiffcp", base, "-c", "jpeg:%d" % q, "-r", "16"))
        keep("tiff-jpeg-tiled-%d.tif" % q, "tiff jpeg", tiff_through("tiffcp", base, "-c", "jpeg:%d" % q, "-t", "-w", "32", "-l", "32"))
    for o in range(1, 9):
        keep("tiff-orientation-%d.tif" % o, "tiff orientation", tiff_through("tiffset", base, "-s", "274", str(o)))
    keep("tiff-white-is-zero.tif", "tiff grey", tiff_through("tiffset", grey, "-s", "262", "0"))
    floats = Image.fromarray(numpy.asarray(smooth(20, 15))[:, :, 0].astype("float32") + 0.5)
    keep("tiff-float.tif", "tiff float", saved(floats, "TIFF"))
    keep("tiff-int32.tif", "tiff int32", saved(edges(20, 15).convert("L").convert("I"), "TIFF"))
    keep("tiff-lab.tif", "tiff Lab", tiff_through("tiffset", base, "-s", "262", "8"), rgb(edges(45, 38)))
    pages = [edges(24, 18) for _ in range(2)]
    keep("tiff-pages.tif", "tiff pages", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    for order, b in (("II*\0", "<"), ("MM\0*", ">")):
        w, h = 11, 7
        a = numpy.array([[[rnd.randrange(65536) for _ in range(3)] for _ in range(w)] for _ in range(h)]).astype(b + "u2").tobytes()
        keep("tiff-rgb16-%s.tif" % ("little" if b == "<" else "big"), "tiff rgb16", tiff_by_hand(order, b, w, h, (16, 16, 16), 2, a))
        d = deep(w, h)
        keep("tiff-grey16-by-hand-%s.tif" % ("little" if b == "<" else "big"), "grey16 tiff",
             tiff_by_hand(order, b, w, h, (16,), 1, numpy.asarray(d).astype(b + "u2").tobytes()), high_bytes(d))
        for depth in (2, 4):
            lines = b"".join(bytes(rnd.randrange(256) for _ in range((w * depth + 7) // 8)) for _ in range(h))
            for photometric in (0, 1):
                keep("tiff-grey%d-%d%s.tif" % (depth, photometric, b == "<" and "-le" or "-be"), "tiff grey", tiff_by_hand(order, b, w, h, (depth,), photometric, lines))
            palette = [rnd.randrange(65536) for _ in range(3 << depth)]
            keep("tiff-palette%d%s.tif" % (depth, b == "<" and "-le" or "-be"), "tiff palette", tiff_by_hand(order, b, w, h, (depth,), 3, lines, palette))


def tiff_by_hand(order, b, w, h, bits, photometric, data, palette=None):
    tags = [(256, 3, [w]), (257, 3, [h]), (258, 3, list(bits)), (259, 3, [1]), (262, 3, [photometric]), (273, 4, [0]), (277, 3, [len(bits)]),
            (278, 3, [h]), (279, 4, [len(data)])] + ([(320, 3, palette)] if palette else [])
    at = 8 + 2 + 12 * len(tags) + 4
    entries, tail = b"", b""
    large = [(t, k, v) for t, k, v in tags if len(v) * (2 if k == 3 else 4) > 4]
    start = at + sum(len(v) * 2 for _, _, v in large)
    for t, k, v in tags:
        v = [start] if t == 273 else v
        raw = struct.pack(b + "%d%s" % (len(v), "H" if k == 3 else "I"), *v)
        if len(raw) > 4:
            entries += struct.pack(b + "HHII", t, k, len(v), at + len(tail))
            tail += raw
        else:
            entries += struct.pack(b + "HHI", t, k, len(v)) + raw.ljust(4, b"\0")
    return order.encode("latin1") + struct.pack(b + "IH", 8, len(tags)) + entries + struct.pack(b + "I", 0) + tail + data


# ------------------------------------------------------------------------------------------------ PNM

def pnms():
    for n in range(2):
        im = any_image(n, 12, 40)
        keep("pnm-rgb-%d.ppm" % n, "pnm P6", saved(im, "PPM"))
        keep("pnm-grey-%d.pgm" % n, "pnm P5", saved(im.convert("L"), "PPM"))
        keep("pnm-bits-%d.pbm" % n, "pnm P4", saved(im.convert("1"), "PPM"))
    w, h = 9, 6
    for top in (1, 7, 100, 254, 255):
        samples = [rnd.randrange(top + 1) for _ in range(w * h * 3)]
        keep("pnm-p6-%d.ppm" % top, "pnm P6", b"P6\n# a comment\n%d %d\n%d\n" % (w, h, top) + bytes(samples))
        keep("pnm-p5-%d.pgm" % top, "pnm P5", b"P5 %d %d %d\n" % (w, h, top) + bytes(samples[:w * h]))
        lines = b"\n".join(b" ".join(b"%d" % v for v in samples[i:i + 9]) for i in range(0, len(samples), 9))
        keep("pnm-p3-%d.ppm" % top, "pnm P3", b"P3\n%d %d\n%d\n" % (w, h, top) + lines + b"\n")
        keep("pnm-p2-%d.pgm" % top, "pnm P2", b"P2\n%d\t%d # size\n%d\n" % (w, h, top) + b"\r\n".join(lines.split(b"\n")[:6]) + b"\n")
    for top in (256, 1000, 4095, 65535):
        samples = [rnd.randrange(top + 1) for _ in range(w * h * 3)]
        keep("pnm-p6-%d.ppm" % top, "pnm P6 16-bit", b"P6 %d %d %d\n" % (w, h, top) + struct.pack(">%dH" % len(samples), *samples))
        keep("pnm-p3-%d.ppm" % top, "pnm P3 16-bit", b"P3 %d %d %d\n" % (w, h, top) + b" ".join(b"%d" % v for v in samples) + b"\n")
        grey = samples[:w * h]
        high = Image.frombytes("L", (w, h), bytes(round(v / top * 65535) >> 8 for v in grey)).convert("RGB")
        keep("pnm-p5-%d.pgm" % top, "grey16 pnm P5", b"P5 %d %d %d\n" % (w, h, top) + struct.pack(">%dH" % len(grey), *grey), high)
        keep("pnm-p2-%d.pgm" % top, "grey16 pnm P2", b"P2 %d %d %d\n" % (w, h, top) + b" ".join(b"%d" % v for v in grey) + b"\n", high)
    keep("pnm-p1.pbm", "pnm P1", b"P1\n# bits\n%d %d\n" % (w, h) + b"\n".join(b"".join(b"%d" % rnd.randrange(2) for _ in range(w)) for _ in range(h)) + b"\n")
    keep("pnm-p1-spaced.pnm", "pnm P1", b"P1 4 2\n1 0 1 1\n0 # half\n1 0 0\n")


if len(sys.argv) == 3 and sys.argv[1] == "--smooth-webp":
    smooth_webps(sys.argv[2])
else:
    for make in (jpegs, pngs, gifs, bmps, webps, tiffs, pnms):
        before = len(rows)
        make()
        print(make.__name__, len(rows) - before, sum(len(d) for _, d in members[before:]))
    text_of_rows = io.StringIO()
    csv.writer(text_of_rows, lineterminator="\n").writerows(rows)
    here = os.path.dirname(os.path.abspath(__file__))
    with zipfile.ZipFile(os.path.join(here, "image-corpus.zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for name, data in [("corpus.csv", text_of_rows.getvalue().encode())] + members:
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, data)
    print(len(rows), "images")
