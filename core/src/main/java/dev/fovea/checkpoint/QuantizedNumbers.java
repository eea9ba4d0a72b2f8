package dev.fovea.checkpoint;

import dev.fovea.program.Quantization;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a model file says of its 8-bit numbers.
 *
 * @param quantization which numbers are kept in 8 bits, and their steps
 * @param addends the scales of convolution results that are added unrounded, by name of the node,
 *     for runtimes that have to round them
 * @param how how it was made, for people: the observer, the number of images
 */
public record QuantizedNumbers(
    Quantization quantization, Map<String, Quantization.Scale> addends, Map<String, String> how) {
  /** Copies the maps. */
  public QuantizedNumbers {
    addends = Map.copyOf(addends);
    how = Collections.unmodifiableMap(new LinkedHashMap<>(how));
  }
}
