package dev.fovea.data.decode;

import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import dev.fovea.data.jpeg.JpegDecoder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file whose header was read and accepted; its pixels are decoded when they are asked for.
 *
 * <p>Of a JPEG the first rectangle is decoded alone; when a second one of the same scale is asked
 * for, the whole is decoded and kept, as are other formats from the first on.
 */
final class EncodedPicture implements Picture {
  /** Samples of a block in full size. */
  private static final int FULL = BlockScale.BLOCK;

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

  /** The upright image with {@link #decoded} samples of a block, if it is kept. */
  private @Nullable Image kept;

  /** Samples of a block in the last rectangle; 0 before the first. */
  private int decoded;

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
  public Optional<BlockScale> scale(double pixels) {
    int samples = BlockScale.samples(pixels * factor);
    return header.format() == ImageFormat.JPEG && samples <= JpegDecoder.MOST_SAMPLES
        ? Optional.of(scale(samples))
        : Optional.empty();
  }

  private BlockScale scale(int samples) {
    BlockScale.Axis columns =
        new BlockScale.Axis(header.width(), samples, factor, Exif.isMirrored(orientation));
    BlockScale.Axis rows =
        new BlockScale.Axis(header.height(), samples, factor, Exif.isFlipped(orientation));
    return orientation >= Exif.FIRST_TURNED
        ? new BlockScale(rows, columns)
        : new BlockScale(columns, rows);
  }

  @Override
  public Image part(Resize.Box box) {
    return part(box, FULL, width, height);
  }

  @Override
  public Image part(Resize.Box box, BlockScale scale) {
    int samples = scale.across().samples();
    if (header.format() != ImageFormat.JPEG || !scale.equals(scale(samples))) {
      throw new IllegalArgumentException(
          header.format() + " of this size is not decoded at " + scale);
    }
    return part(box, samples, scale.across().length(), scale.down().length());
  }

  private Image part(Resize.Box box, int samples, int allWide, int allHigh) {
    boolean again = decoded == samples;
    if (!again) {
      kept = null;
      decoded = samples;
    }
    Image image = kept;
    if (image == null) {
      boolean ofFile = header.format() == ImageFormat.JPEG && (samples < FULL || factor == 1);
      if (!again && ofFile) {
        image = decode(box, samples);
        if (image.width() == allWide && image.height() == allHigh) {
          kept = image;
        }
        return image;
      }
      image =
          samples == FULL
              ? ImageDecoder.decode(bytes, name, header, limits)
              : decode(new Resize.Box(0, 0, allWide, allHigh), samples);
      kept = image;
    }
    return image.crop(box.left(), box.top(), box.width(), box.height());
  }

  private Image decode(Resize.Box box, int samples) {
    Resize.Box stored =
        Exif.stored(
            box, orientation, samples(header.width(), samples), samples(header.height(), samples));
    return ImageDecoder.guard(
        name,
        header,
        memory -> {
          JpegDecoder jpeg = open();
          memory.claim(jpeg.memory() + 2L * Image.CHANNELS * box.width() * box.height());
          Image image =
              samples == FULL ? jpeg.decode(1, stored) : jpeg.decodeLowFrequencies(samples, stored);
          return Exif.upright(image, orientation);
        });
  }

  private static int samples(int pixels, int perBlock) {
    return new BlockScale.Axis(pixels, perBlock, 1, false).length();
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
