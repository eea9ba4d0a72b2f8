package dev.fovea.finetune;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a network, as an open model file has them or as they were written here; the
 * file stays with its owner.
 */
final class FileWeights implements ParameterSet {
  private final ModelFile file;
  private final List<ParamSpec> specs;
  private final Map<String, float[]> own = new HashMap<>();

  FileWeights(ModelFile file) {
    this(file, file.graph().params());
  }

  FileWeights(ModelFile file, List<ParamSpec> specs) {
    this.file = file;
    this.specs = List.copyOf(specs);
  }

  @Override
  public List<ParamSpec> specs() {
    return specs;
  }

  @Override
  public float[] read(String name) {
    float[] written = own.get(name);
    return written == null ? file.floats(name) : written.clone();
  }

  @Override
  public void write(String name, float[] values) {
    own.put(name, values.clone());
  }

  /** Does nothing: the caller that opened the file closes it. */
  @Override
  public void close() {}
}
