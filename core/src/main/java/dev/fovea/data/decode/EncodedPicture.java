package dev.fovea.data.decode;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Reduction;
import dev.fovea.data.image.Resize;
import org.jspecify.annotations.Nullable;

/** A file whose header was read and accepted; its pixels are decoded when they are asked for. */
final class EncodedPicture implements Picture {
  private final byte[] bytes;
  private final String name;
  private final ImageHeader header;
  private final DecodeLimits limits;
  private final int width;
  private final int height;
  private @Nullable Image decoded;

  EncodedPicture(byte[] bytes, String name, ImageHeader header, DecodeLimits limits) {
    this.bytes = bytes;
    this.name = name;
    this.header = header;
    this.limits = limits;
    int factor = Reduction.factor(header.width(), header.height(), ImageDecoder.FULL_PIXELS);
    int across = (header.width() + factor - 1) / factor;
    int down = (header.height() + factor - 1) / factor;
    boolean turned = limits.applyOrientation() && header.orientation() >= Exif.FIRST_TURNED;
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
    return 1;
  }

  @Override
  public Image part(Resize.Box box, int shrink) {
    if (shrink != 1) {
      throw new IllegalArgumentException(header.format() + " is not shrunk, got " + shrink);
    }
    Image image = decoded;
    if (image == null) {
      image = ImageDecoder.decode(bytes, name, header, limits);
      decoded = image;
    }
    return image.crop(box.left(), box.top(), box.width(), box.height());
  }
}
