package dev.fovea.data.image;

import dev.fovea.api.Api;
import java.util.Optional;

/**
 * An image of which any rectangle can be had, whether it is decoded yet or not. An {@link Image} is
 * the decoded one; {@code ImageDecoder.open} gives one that decodes what it is asked for.
 *
 * <p>Coordinates are those of the upright image. Used by one thread.
 *
 * <pre>{@code
 * Picture picture = Image.black(640, 480);
 * Image corner = picture.part(new Resize.Box(0, 0, 32, 32));
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
   * The smallest scale at which this picture can be decoded, at less cost than all of its pixels,
   * and from which it can still be resized ({@link BlockScale#samples}); nothing if there is none.
   *
   * @param pixels of this picture for each output position, along the axis that has fewer
   */
  Optional<BlockScale> scale(double pixels);

  /**
   * The pixels of a rectangle.
   *
   * @param box lies within the picture
   * @throws DataException if the file is damaged, naming it
   */
  Image part(Resize.Box box);

  /**
   * The samples of a rectangle of the picture decoded at a smaller scale.
   *
   * @param box lies within {@link BlockScale#all}
   * @param scale that {@link #scale} gave
   * @throws DataException if the file is damaged, naming it
   */
  Image part(Resize.Box box, BlockScale scale);

  /** All pixels. */
  default Image whole() {
    return part(new Resize.Box(0, 0, width(), height()));
  }
}
