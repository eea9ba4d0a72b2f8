package dev.fovea.interop;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Parameters of a foreign file: each read returns the overwritten values if there are any, else
 * reads the file.
 */
final class ForeignWeights implements ParameterSet {
  private final List<ParamSpec> specs;
  private final Map<String, ForeignTensor> tensors;
  private final Map<String, float[]> written = new HashMap<>();

  ForeignWeights(List<ParamSpec> specs, Map<String, ForeignTensor> tensors) {
    this.specs = List.copyOf(specs);
    this.tensors = tensors;
  }

  @Override
  public List<ParamSpec> specs() {
    return specs;
  }

  @Override
  public float[] read(String name) {
    float[] own = written.get(name);
    ForeignTensor tensor = tensors.get(name);
    if (own != null) {
      return own.clone();
    }
    if (tensor == null) {
      throw new IllegalArgumentException("there is no parameter '" + name + "'");
    }
    return tensor.floats();
  }

  @Override
  public void write(String name, float[] values) {
    boolean fits =
        specs.stream()
            .anyMatch(s -> s.name().equals(name) && s.shape().elements() == values.length);
    if (!fits) {
      throw new IllegalArgumentException(
          "there is no parameter '" + name + "' of " + values.length + " elements");
    }
    written.put(name, values.clone());
  }

  /** Does nothing: the caller that opened the file closes it. */
  @Override
  public void close() {}
}
