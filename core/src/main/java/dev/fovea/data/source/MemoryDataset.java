package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Small images of equal size, decoded into one array (N, H, W, 3) while opening; owns the
 * underlying set.
 *
 * <p>An image that cannot be decoded keeps its index and its error message.
 */
final class MemoryDataset extends ForwardingDataset {
  /** Maximum side: keeping larger images decoded gains too little for the memory it takes. */
  private static final int MOST_SIDE = 128;

  private final int width;
  private final int height;
  private final byte[] pixels;
  private final List<BadImage> bad;
  private final int[] badIndices;

  private MemoryDataset(Dataset source, Image first, byte[] pixels, List<BadImage> bad) {
    super(source);
    this.width = first.width();
    this.height = first.height();
    this.pixels = pixels;
    this.bad = bad;
    this.badIndices = bad.stream().mapToInt(BadImage::index).toArray();
  }

  /**
   * {@code set} in memory if its images are small, of one size, and fit the budget; otherwise
   * {@code set} itself.
   *
   * @throws DataException if too many images are unreadable
   */
  static Dataset of(Dataset set, DatasetOptions options) {
    Image first = firstReadable(set);
    if (set instanceof PixelDataset
        || first == null
        || Math.max(first.width(), first.height()) > MOST_SIDE
        || (long) set.size() * first.rgb().length
            > Math.min(options.memoryBytes(), Integer.MAX_VALUE - 64)) {
      return set;
    }
    BadImages bad = new BadImages(set, options.badFraction());
    byte[] pixels = new Decoding(set, first, bad).run(options.threads());
    return pixels == null ? set : new MemoryDataset(set, first, pixels, bad.list());
  }

  private static @Nullable Image firstReadable(Dataset set) {
    for (int i = 0; i < Math.min(set.size(), 16); i++) {
      try {
        return set.image(i);
      } catch (DataException e) {
        // The error is reported when all images are decoded or read.
        System.getLogger(MemoryDataset.class.getName())
            .log(System.Logger.Level.DEBUG, "skipped: {0}", e.getMessage());
      }
    }
    return null;
  }

  /** The parallel pass over all images. */
  private static final class Decoding {
    private final Dataset set;
    private final Image first;
    private final BadImages bad;
    private final byte[] pixels;
    private volatile boolean mixed;

    Decoding(Dataset set, Image first, BadImages bad) {
      this.set = set;
      this.first = first;
      this.bad = bad;
      this.pixels = new byte[set.size() * first.rgb().length];
    }

    byte @Nullable [] run(int threads) {
      ParallelItems.visit(
          set.size(),
          threads,
          i -> {
            one(i);
            return !mixed;
          });
      return mixed ? null : pixels;
    }

    private void one(int i) {
      Image image;
      try {
        image = set.image(i);
      } catch (DataException e) {
        bad.report(i, e);
        return;
      }
      if (image.width() != first.width() || image.height() != first.height()) {
        mixed = true;
        return;
      }
      System.arraycopy(image.rgb(), 0, pixels, i * image.rgb().length, image.rgb().length);
    }
  }

  @Override
  public Picture picture(int i) {
    int at = Arrays.binarySearch(badIndices, i);
    if (at >= 0) {
      throw new DataException(bad.get(at).reason());
    }
    int length = width * height * 3;
    return new Image(width, height, Arrays.copyOfRange(pixels, i * length, (i + 1) * length));
  }

  @Override
  public List<BadImage> bad() {
    return bad;
  }
}
