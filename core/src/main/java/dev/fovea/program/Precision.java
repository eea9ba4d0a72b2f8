package dev.fovea.program;

import dev.fovea.api.Api;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The number format of activations and of the inputs of convolutions.
 *
 * <pre>{@code
 * ClassifierOptions halves = ClassifierOptions.standard().precision(Precision.BF16);
 * }</pre>
 */
@Api(Api.Status.STABLE)
public enum Precision {
  /** binary32 throughout. */
  F32,
  /**
   * bfloat16 activations and weight copies; master weights, their gradients, batch statistics,
   * logits and the loss stay in binary32.
   */
  BF16;

  /** Its spelling in settings, files and reports: {@code f32} or {@code bf16}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The precision with this {@link #label}.
   *
   * @throws IllegalArgumentException if there is none; the message lists the valid labels
   */
  public static Precision parse(String label) {
    return Arrays.stream(values())
        .filter(p -> p.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no precision '"
                        + label
                        + "'; expected one of "
                        + Arrays.stream(values())
                            .map(Precision::label)
                            .collect(Collectors.joining(", "))));
  }
}
