package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;
import static dev.fovea.data.image.Bytes.i32le;
import static dev.fovea.data.image.Bytes.u16le;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.webp.Vp8Decoder;
import dev.fovea.data.webp.Vp8lDecoder;

/**
 * Reads the WebP container: finds the first frame, checks its size against the header, and draws it
 * on the canvas. Alpha is dropped. Where an animation's first frame does not cover the canvas, the
 * result is black, as in Pillow.
 */
final class WebpDecoder {
  private static final int CHUNK_HEADER = 8;
  private static final int ANIMATION = 2;

  private WebpDecoder() {}

  /** A RIFF chunk: its name and the range of its content. */
  private record Chunk(String name, int from, int end) {
    int next() {
      return end + (end - from & 1);
    }
  }

  static Image decode(byte[] b, ImageHeader header) throws MalformedImage {
    long end = (i32le(b, 4) & 0xffffffffL) + CHUNK_HEADER;
    if (end > b.length) {
      throw new MalformedImage("the file ends early");
    }
    if (!ascii(b, 12, "VP8X")) {
      return frame(b, chunk(b, 12, (int) end), header.width(), header.height());
    }
    boolean animated = (u8(b, 20) & ANIMATION) != 0;
    for (int at = 12; at < end; ) {
      Chunk c = chunk(b, at, (int) end);
      if (animated && c.name.equals("ANMF")) {
        return onCanvas(b, c, header);
      }
      if (!animated && isFrame(c)) {
        return frame(b, c, header.width(), header.height());
      }
      at = c.next();
    }
    throw new MalformedImage("the WebP contains no frame");
  }

  private static boolean isFrame(Chunk c) {
    return c.name.equals("VP8 ") || c.name.equals("VP8L");
  }

  private static Chunk chunk(byte[] b, int at, int end) throws MalformedImage {
    if (at + CHUNK_HEADER > end) {
      throw new MalformedImage("the file ends early");
    }
    int length = i32le(b, at + 4);
    int from = at + CHUNK_HEADER;
    if (length < 0 || length > end - from) {
      throw new MalformedImage("the file ends early");
    }
    return new Chunk(Bytes.text(b, at, 4), from, from + length);
  }

  private static int u24le(byte[] b, int at) {
    return u16le(b, at) | u8(b, at + 2) << 16;
  }

  private static Image onCanvas(byte[] b, Chunk frame, ImageHeader header) throws MalformedImage {
    int at = frame.from;
    if (frame.end - at < 16) {
      throw new MalformedImage("the file ends early");
    }
    int left = 2 * u24le(b, at);
    int top = 2 * u24le(b, at + 3);
    int width = u24le(b, at + 6) + 1;
    int height = u24le(b, at + 9) + 1;
    if (left + width > header.width() || top + height > header.height()) {
      throw new MalformedImage("the first frame extends beyond the canvas");
    }
    for (int next = at + 16; next + CHUNK_HEADER <= frame.end; ) {
      Chunk c = chunk(b, next, frame.end);
      if (isFrame(c)) {
        Image inner = frame(b, c, width, height);
        return inner.crop(-left, -top, header.width(), header.height());
      }
      next = c.next();
    }
    throw new MalformedImage("the first frame of the WebP has no pixels");
  }

  /** Decodes a frame, whose size must match its container. */
  private static Image frame(byte[] b, Chunk c, int width, int height) throws MalformedImage {
    boolean lossy = c.name.equals("VP8 ");
    if (c.end - c.from < (lossy ? 10 : 5)) {
      throw new MalformedImage("the file ends early");
    }
    int w;
    int h;
    if (lossy) {
      if ((u8(b, c.from) & 1) != 0 || u24le(b, c.from + 3) != 0x2a019d) {
        throw new MalformedImage("the WebP does not start with a VP8 key frame");
      }
      w = u16le(b, c.from + 6) & 0x3fff;
      h = u16le(b, c.from + 8) & 0x3fff;
    } else {
      int v = i32le(b, c.from + 1);
      if (u8(b, c.from) != 0x2f || v >>> 29 != 0) {
        throw new MalformedImage("the lossless WebP has an unknown version");
      }
      w = (v & 0x3fff) + 1;
      h = (v >>> 14 & 0x3fff) + 1;
    }
    if (w != width || h != height) {
      throw new MalformedImage("two headers in the file disagree about the image size");
    }
    return lossy
        ? Vp8Decoder.decode(b, c.from, c.end, width, height)
        : rgb(Vp8lDecoder.decode(b, c.from, c.end, width, height), width, height);
  }

  private static Image rgb(int[] argb, int width, int height) {
    Image image = Image.black(width, height);
    byte[] to = image.rgb();
    for (int i = 0, o = 0; i < argb.length; i++, o += 3) {
      to[o] = (byte) (argb[i] >> 16);
      to[o + 1] = (byte) (argb[i] >> 8);
      to[o + 2] = (byte) argb[i];
    }
    return image;
  }
}
