package dev.fovea.data.decode;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import dev.fovea.data.jpeg.JpegDecoder;
import org.jspecify.annotations.Nullable;

/**
 * A file whose header was read and accepted; its pixels are decoded when they are asked for.
 *
 * <p>Of a JPEG the first rectangle is decoded alone; when a second one of the same scale is asked
 * for, the whole is decoded and kept, as are other formats from the first on.
 */
final class EncodedPicture implements Picture {
  /** The smallest scale that JPEG can be decoded at. */
  private static final int MOST_SHRINK = 8;

  private final byte[] bytes;
  private final String name;
  private final ImageHeader header;
  private final DecodeLimits limits;

  /** The factor by which a large image is reduced. */
  private final int factor;

  /** The EXIF orientation, or 1 if it is not applied. */
  private final int orientation;

  private final int width;
  private final int height;
  private @Nullable JpegDecoder decoder;

  /** The upright image, shrunk by {@link #shrink}, if it is kept. */
  private @Nullable Image kept;

  /** The factor of the last rectangle; 0 before the first. */
  private int shrink;

  EncodedPicture(byte[] bytes, String name, ImageHeader header, DecodeLimits limits) {
    this.bytes = bytes;
    this.name = name;
    this.header = header;
    this.limits = limits;
    this.factor = ImageDecoder.factor(header);
    this.orientation = limits.applyOrientation() ? header.orientation() : 1;
    int across = ImageDecoder.parts(header.width(), factor);
    int down = ImageDecoder.parts(header.height(), factor);
    boolean turned = orientation >= Exif.FIRST_TURNED;
    this.width = turned ? down : across;
    this.height = turned ? across : down;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public int shrink(int most) {
    int best = 1;
    for (int s = 2; s <= most && isDecodable(s); s *= 2) {
      best = s;
    }
    return best;
  }

  /** Whether the reduced image, shrunk by this factor, is a scale that JPEG can be decoded at. */
  private boolean isDecodable(int by) {
    return header.format() == ImageFormat.JPEG
        && MOST_SHRINK % factor == 0
        && Integer.bitCount(by) == 1
        && by * factor <= MOST_SHRINK;
  }

  @Override
  public Image part(Resize.Box box, int by) {
    if (by != 1 && !isDecodable(by)) {
      throw new IllegalArgumentException(header.format() + " of this size is not shrunk by " + by);
    }
    boolean again = shrink == by;
    if (!again) {
      kept = null;
      shrink = by;
    }
    Image image = kept;
    if (image == null) {
      if (!again && isDecodable(by) && (by > 1 || factor == 1)) {
        image = decode(box, by);
        if (image.width() * (long) image.height()
            == (long) ImageDecoder.parts(width, by) * ImageDecoder.parts(height, by)) {
          kept = image;
        }
        return image;
      }
      image =
          by == 1
              ? ImageDecoder.decode(bytes, name, header, limits)
              : decode(
                  new Resize.Box(
                      0, 0, ImageDecoder.parts(width, by), ImageDecoder.parts(height, by)),
                  by);
      kept = image;
    }
    return image.crop(box.left(), box.top(), box.width(), box.height());
  }

  private Image decode(Resize.Box box, int by) {
    int shrinkOfFile = by * factor;
    Resize.Box stored =
        Exif.stored(
            box,
            orientation,
            ImageDecoder.parts(header.width(), shrinkOfFile),
            ImageDecoder.parts(header.height(), shrinkOfFile));
    return ImageDecoder.guard(
        name,
        header,
        memory -> {
          JpegDecoder jpeg = open();
          memory.claim(jpeg.memory() + 2L * Image.CHANNELS * box.width() * box.height());
          return Exif.upright(jpeg.decode(shrinkOfFile, stored), orientation);
        });
  }

  private JpegDecoder open() throws MalformedImage {
    JpegDecoder d = decoder;
    if (d == null) {
      d = JpegDecoder.open(bytes);
      decoder = d;
    }
    return d;
  }
}
