package dev.fovea.pack;

import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.decode.ImageHeader;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.encode.PlainJpeg;
import dev.fovea.data.encode.Ppm;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Resize;
import dev.fovea.data.source.Dataset;
import java.util.Optional;

/**
 * Makes the stored form of the pictures of a data set: upright, shrunk, encoded. Safe for any
 * number of threads.
 *
 * <p>A JPEG that is upright, not in printing inks, and small enough is taken as it is, without its
 * metadata. It is decoded nonetheless, so that no damaged file gets into a pack.
 */
final class PictureEncoder {
  /** The longest shorter side that is stored as pixels unless a format is given. */
  private static final int RAW_SIDE = 64;

  private final Dataset set;
  private final PackSettings settings;
  private final JpegEncoder jpeg;

  PictureEncoder(Dataset set, PackSettings settings) {
    this.set = set;
    this.settings = settings;
    jpeg = new JpegEncoder(settings.quality(), settings.sampling());
  }

  /**
   * The stored form of image {@code i}.
   *
   * @throws DataException if it cannot be read, naming it
   */
  PackedPicture encode(int i) {
    Optional<byte[]> encoded = set.encoded(i);
    if (encoded.isEmpty()) {
      return encode(set.image(i));
    }
    byte[] file = encoded.get();
    ImageHeader header = ImageHeader.read(file, set.name(i));
    Image image = ImageDecoder.decode(file, set.name(i), settings.limits());
    if (settings.format() != PackFormat.RAW && isFit(header, image)) {
      Optional<byte[]> plain = PlainJpeg.of(file);
      if (plain.isPresent()) {
        return new PackedPicture(plain.get(), "jpg");
      }
    }
    return encode(image);
  }

  private boolean isFit(ImageHeader header, Image image) {
    return header.format() == ImageFormat.JPEG
        && header.color() != ImageHeader.Color.CMYK
        && header.orientation() == 1
        && Math.min(header.width(), header.height()) <= settings.side()
        && header.width() == image.width()
        && header.height() == image.height();
  }

  private PackedPicture encode(Image image) {
    Image shrunk =
        Math.min(image.width(), image.height()) > settings.side()
            ? Resize.shorterSide(image, settings.side(), settings.interpolation())
            : image;
    boolean raw =
        switch (settings.format()) {
          case RAW -> true;
          case JPEG -> false;
          case AUTO -> Math.min(shrunk.width(), shrunk.height()) <= RAW_SIDE;
        };
    return raw
        ? new PackedPicture(Ppm.encode(shrunk), "ppm")
        : new PackedPicture(jpeg.encode(shrunk), "jpg");
  }
}
