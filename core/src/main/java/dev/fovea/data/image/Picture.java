package dev.fovea.data.image;

import dev.fovea.api.Api;

/**
 * An image of which any rectangle can be had, whether it is decoded yet or not. An {@link Image} is
 * the decoded one; {@code ImageDecoder.open} gives one that decodes what it is asked for.
 *
 * <p>Coordinates are those of the upright image. Used by one thread.
 *
 * <pre>{@code
 * Picture picture = Image.black(640, 480);
 * Image corner = picture.part(new Resize.Box(0, 0, 32, 32), 1);
 * System.out.println(corner.width() + " of " + picture.width());
 * }</pre>
 */
@Api(Api.Status.STABLE)
public interface Picture {
  /** Pixels per row of the upright image, at least 1. */
  int width();

  /** Rows of the upright image, at least 1. */
  int height();

  /**
   * The largest of the factors 1, 2, 4 and 8 that is at most {@code most} and by which this picture
   * can be shrunk while it is decoded, which costs less than decoding all of its pixels; 1 if it
   * cannot be shrunk in this way.
   */
  int shrink(int most);

  /**
   * The pixels of a rectangle.
   *
   * @param box lies within the shrunk picture of ceil({@link #width} / {@code shrink}) x
   *     ceil({@link #height} / {@code shrink}) pixels
   * @param shrink 1 for the pixels of the image itself, or a factor that {@link #shrink(int)} gave
   * @throws DataException if the file is damaged, naming it
   */
  Image part(Resize.Box box, int shrink);

  /** All pixels. */
  default Image whole() {
    return part(new Resize.Box(0, 0, width(), height()), 1);
  }
}
