package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.image.Picture;
import java.awt.image.BufferedImage;
import java.nio.file.Path;

/**
 * An image and the name of its class.
 *
 * <pre>{@code
 * List<Sample> samples =
 *     List.of(
 *         Sample.of(Path.of("tom.jpg"), "cat"),
 *         Sample.of(Path.of("rex.png"), "dog"));
 * LabeledImages images = LabeledImages.of(samples);
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class Sample {
  private final Object image;
  private final String label;

  private Sample(Object image, String label) {
    this.image = image;
    this.label = label;
  }

  /** An image file, read whenever it is needed. */
  public static Sample of(Path image, String label) {
    return new Sample(image, label);
  }

  /** An encoded image, for example the content of a JPEG file; must not be changed afterwards. */
  public static Sample of(byte[] image, String label) {
    return new Sample(image, label);
  }

  /** An image of AWT; must not be changed afterwards. */
  public static Sample of(BufferedImage image, String label) {
    return new Sample(image, label);
  }

  /** A picture, for example an {@link dev.fovea.data.image.Image}. */
  public static Sample of(Picture image, String label) {
    return new Sample(image, label);
  }

  /** The name of the class. */
  public String label() {
    return label;
  }

  Object image() {
    return image;
  }
}
