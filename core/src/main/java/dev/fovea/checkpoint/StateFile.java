package dev.fovea.checkpoint;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import java.nio.file.Path;
import java.util.Map;

/**
 * The state of a training run in one safetensors file: everything needed to resume bit-exactly.
 *
 * <p>The tensors of each {@link ParameterSet} are stored under the set's name and a slash ({@code
 * weights/conv1.weight}, {@code momentum/conv1.weight}); position, configuration and history are
 * strings in the metadata. The caller that opens the file closes it. Not thread-safe.
 */
public final class StateFile implements AutoCloseable {
  static final String KEY = "fovea.state";
  private static final String FORMAT = "1";
  private static final String PREFIX = "state.";

  private final SafetensorsFile file;

  private StateFile(SafetensorsFile file) {
    this.file = file;
  }

  /** An estimate of the size in bytes of the file that {@link #write} makes of {@code sets}. */
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
   * Writes a state file.
   *
   * @throws CheckpointException if the file cannot be written; an existing file is then unchanged
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
   * Opens a state file and checks its format and checksum.
   *
   * @throws CheckpointException if the file is damaged or altered, was written by a newer Fovea, or
   *     is not a training state
   */
  public static StateFile open(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      String format = file.metadata().get(KEY);
      if (format == null) {
        throw CheckpointException.of(path, "is not the state of a training run");
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
   * A string that was passed to {@link #write}.
   *
   * @throws CheckpointException if there is none under this key
   */
  public String text(String key) {
    String text = file.metadata().get(PREFIX + key);
    if (text == null) {
      throw CheckpointException.of(
          file.path(), "its entry '" + key + "' is missing; it is not the state of a training run");
    }
    return text;
  }

  /**
   * Copies all values into {@code sets}, which must have the names and shapes of the sets that were
   * written.
   *
   * @throws CheckpointException if sets, names or shapes differ; nothing is copied then
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

  /** Closes the file; closing again has no effect. */
  @Override
  public void close() {
    file.close();
  }
}
