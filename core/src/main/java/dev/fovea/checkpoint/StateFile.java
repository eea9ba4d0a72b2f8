package dev.fovea.checkpoint;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import java.nio.file.Path;
import java.util.Map;

/**
 * The state of a training run in one safetensors file: all that continuing bit-exactly needs.
 *
 * <p>Every {@link ParameterSet} of the run is stored under its name and a slash ({@code
 * weights/conv1.weight}, {@code momentum/conv1.weight}); position, configuration and history are
 * texts. Owned by whoever opened it. Not safe for use by several threads.
 */
public final class StateFile implements AutoCloseable {
  static final String KEY = "fovea.state";
  private static final String FORMAT = "1";
  private static final String PREFIX = "state.";

  private final SafetensorsFile file;

  private StateFile(SafetensorsFile file) {
    this.file = file;
  }

  /** How many bytes {@link #write} writes for the values of {@code sets}. */
  public static long bytes(Iterable<ParameterSet> sets) {
    long bytes = 1 << 16;
    for (ParameterSet set : sets) {
      for (ParamSpec spec : set.specs()) {
        bytes += 4 * spec.shape().elements() + 128;
      }
    }
    return bytes;
  }

  /**
   * Writes a state.
   *
   * @throws CheckpointException if the file cannot be written; an older one is then as it was
   */
  public static void write(Path path, Map<String, String> texts, Map<String, ParameterSet> sets) {
    SafetensorsWriter writer = new SafetensorsWriter().metadata(Map.of(KEY, FORMAT));
    texts.forEach((k, v) -> writer.metadata(Map.of(PREFIX + k, v)));
    sets.forEach(
        (name, set) -> {
          for (ParamSpec spec : set.specs()) {
            writer.floats(
                name + "/" + spec.name(), spec.shape().dims(), () -> set.read(spec.name()));
          }
        });
    writer.write(path);
  }

  /**
   * Opens a state and checks its format and checksum.
   *
   * @throws CheckpointException if it is damaged, altered, from a newer Fovea, or no training state
   */
  public static StateFile open(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      String format = file.metadata().get(KEY);
      if (format == null) {
        throw CheckpointException.of(path, "is no state of a training run");
      } else if (!format.equals(FORMAT)) {
        throw CheckpointException.of(
            path,
            "has state format "
                + format
                + ", this Fovea reads "
                + FORMAT
                + "; resume with the Fovea that wrote it");
      }
      file.verify();
      return new StateFile(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * A text that was given to {@link #write}.
   *
   * @throws CheckpointException if it is not there
   */
  public String text(String key) {
    String text = file.metadata().get(PREFIX + key);
    if (text == null) {
      throw CheckpointException.of(
          file.path(), "its entry '" + key + "' is missing; it is no state of a training run");
    }
    return text;
  }

  /**
   * Copies all values into {@code sets}, which must be the sets that were written.
   *
   * @throws CheckpointException if sets, names or shapes differ, naming them; then nothing was
   *     copied
   */
  public void loadInto(Map<String, ParameterSet> sets) {
    sets.forEach((name, set) -> WeightsCheck.require(file, name + "/", set.specs()));
    for (String tensor : file.entries().keySet()) {
      if (!sets.containsKey(tensor.substring(0, Math.max(0, tensor.indexOf('/'))))) {
        throw CheckpointException.of(
            file.path(), "tensor '" + tensor + "' belongs to no part of this run's state");
      }
    }
    sets.forEach(
        (name, set) -> {
          for (ParamSpec spec : set.specs()) {
            set.write(spec.name(), file.floats(name + "/" + spec.name()));
          }
        });
  }

  /** Closes the file; harmless when repeated. */
  @Override
  public void close() {
    file.close();
  }
}
