package dev.fovea.data.source;

import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A data set that tells how long its pictures take: to be opened, which reads the file, and to be
 * decoded. What is decoded already counts as read. Owns the underlying set.
 */
public final class WatchedDataset extends ForwardingDataset {
  private final LongConsumer reading;
  private final LongConsumer decoding;

  /**
   * Watches a data set, which this one owns.
   *
   * @param reading receives the nanoseconds of opening each picture
   * @param decoding receives the nanoseconds of each call that decodes a picture
   */
  public WatchedDataset(Dataset set, LongConsumer reading, LongConsumer decoding) {
    super(set);
    this.reading = reading;
    this.decoding = decoding;
  }

  @Override
  public Picture picture(int i) {
    long start = System.nanoTime();
    try {
      Picture picture = set().picture(i);
      return picture instanceof Image ? picture : new Encoded(picture);
    } finally {
      reading.accept(System.nanoTime() - start);
    }
  }

  /** A picture whose pixels are not decoded yet. */
  private final class Encoded implements Picture {
    private final Picture picture;

    Encoded(Picture picture) {
      this.picture = picture;
    }

    @Override
    public int width() {
      return picture.width();
    }

    @Override
    public int height() {
      return picture.height();
    }

    @Override
    public Optional<BlockScale> scale(double pixels) {
      return picture.scale(pixels);
    }

    @Override
    public Image part(Resize.Box box) {
      return timed(() -> picture.part(box));
    }

    @Override
    public Image part(Resize.Box box, BlockScale scale) {
      return timed(() -> picture.part(box, scale));
    }

    private Image timed(Supplier<Image> decode) {
      long start = System.nanoTime();
      try {
        return decode.get();
      } finally {
        decoding.accept(System.nanoTime() - start);
      }
    }
  }
}
