package dev.fovea.data.loader;

/**
 * Where the threads that make samples spent their time: sums over all of them, so that two threads
 * spend up to two seconds in a second.
 *
 * @param images the number of images, unreadable ones included
 * @param reading seconds of reading encoded files, or ready pixels where a source has them
 * @param decoding seconds of decoding
 * @param resizing seconds of everything after it: resizing, augmenting, normalizing
 */
public record LoadingTime(long images, double reading, double decoding, double resizing) {
  /** No images and no time. */
  public static final LoadingTime NONE = new LoadingTime(0, 0, 0, 0);

  /** What has been added since an earlier moment. */
  public LoadingTime since(LoadingTime earlier) {
    return new LoadingTime(
        images - earlier.images,
        reading - earlier.reading,
        decoding - earlier.decoding,
        resizing - earlier.resizing);
  }

  /** The sum of two. */
  public LoadingTime plus(LoadingTime other) {
    return new LoadingTime(
        images + other.images,
        reading + other.reading,
        decoding + other.decoding,
        resizing + other.resizing);
  }

  /** All seconds. */
  public double total() {
    return reading + decoding + resizing;
  }
}
