package dev.fovea.onnx.importer;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Parameters whose values are made at each read, unless they have been overwritten. */
final class ImportedWeights implements ParameterSet {
  private final List<ParamSpec> specs;
  private final Map<String, Supplier<float[]>> values;

  ImportedWeights(List<ParamSpec> specs, Map<String, Supplier<float[]>> values) {
    this.specs = List.copyOf(specs);
    this.values = new HashMap<>(values);
  }

  @Override
  public List<ParamSpec> specs() {
    return specs;
  }

  @Override
  public float[] read(String name) {
    Supplier<float[]> value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no parameter '" + name + "'");
    }
    return value.get().clone();
  }

  @Override
  public void write(String name, float[] changed) {
    boolean fits =
        specs.stream()
            .anyMatch(s -> s.name().equals(name) && s.shape().elements() == changed.length);
    if (!fits) {
      throw new IllegalArgumentException(
          "there is no parameter '" + name + "' of " + changed.length + " elements");
    }
    float[] copy = changed.clone();
    values.put(name, () -> copy);
  }

  /** Does nothing: the caller that opened the file closes it. */
  @Override
  public void close() {}
}
