package dev.fovea.program;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How convolutions are computed: by their definition, or by Winograd's minimal filtering, which
 * needs fewer multiplications and rounds differently (Lavin and Gray 2016).
 */
public enum ConvolutionAlgorithm {
  /**
   * For each convolution the faster of the two, chosen by a fixed rule over its shape; never one
   * whose rounding error is far above that of the direct algorithm in the same precision.
   */
  AUTO,
  /** Every convolution by its definition. */
  DIRECT,
  /**
   * As {@link #AUTO}, but also where a convolution is too small to gain, and in bfloat16 with
   * products of bfloat16, whose rounding error is about four times that of the direct algorithm.
   */
  FAST;

  /** Its spelling in settings, files and reports: {@code auto}, {@code direct} or {@code fast}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The algorithm with this {@link #label}.
   *
   * @throws IllegalArgumentException if there is none; the message lists the valid labels
   */
  public static ConvolutionAlgorithm parse(String label) {
    return Arrays.stream(values())
        .filter(a -> a.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no convolution algorithm '"
                        + label
                        + "'; expected one of "
                        + Arrays.stream(values())
                            .map(ConvolutionAlgorithm::label)
                            .collect(Collectors.joining(", "))));
  }
}
