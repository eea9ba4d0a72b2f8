package dev.fovea.data.augment;

import dev.fovea.api.Api;
import dev.fovea.data.image.Image;
import java.util.SplittableRandom;

/**
 * An augmentation of one's own: a random change of training images. Called by many threads at once.
 *
 * <pre>{@code
 * record Stripe() implements ImageChange {
 *   public Image apply(Image image, SplittableRandom random) {
 *     byte[] rgb = image.rgb().clone();
 *     int row = random.nextInt(image.height()) * image.width() * 3;
 *     Arrays.fill(rgb, row, row + image.width() * 3, (byte) 128);
 *     return new Image(image.width(), image.height(), rgb);
 *   }
 * }
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
@FunctionalInterface
public interface ImageChange {
  /**
   * Returns the changed image, of the same size.
   *
   * @param image must not be changed, nor its array
   * @param random the same numbers for the same image in the same epoch of the same run
   */
  Image apply(Image image, SplittableRandom random);

  /**
   * The name under which a run knows this augmentation; the class's name without package. A resumed
   * run needs an augmentation of the same name, and goes on to the same bytes if it does the same.
   */
  default String name() {
    return getClass().getSimpleName();
  }
}
