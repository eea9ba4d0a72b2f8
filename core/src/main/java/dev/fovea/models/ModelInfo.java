package dev.fovea.models;

import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Describes a network without building it.
 *
 * @param family the heading under which it is listed
 * @param input the image shape (C, H, W) it was published for; other shapes are accepted if they
 *     fit
 * @param classes the number of classes it was published for
 */
public record ModelInfo(
    String name,
    String family,
    Shape input,
    int classes,
    Published published,
    List<ModelOption> options) {

  /** Copies the options. */
  public ModelInfo {
    options = List.copyOf(options);
  }

  /**
   * The published errors of a network, in percent.
   *
   * @param source paper, table and test protocol
   */
  public record Published(OptionalDouble top1Error, OptionalDouble top5Error, String source) {
    static Published none(String source) {
      return new Published(OptionalDouble.empty(), OptionalDouble.empty(), source);
    }

    static Published of(double top1, String source) {
      return new Published(OptionalDouble.of(top1), OptionalDouble.empty(), source);
    }

    static Published top5(double top5, String source) {
      return new Published(OptionalDouble.empty(), OptionalDouble.of(top5), source);
    }

    static Published of(double top1, double top5, String source) {
      return new Published(OptionalDouble.of(top1), OptionalDouble.of(top5), source);
    }
  }
}
