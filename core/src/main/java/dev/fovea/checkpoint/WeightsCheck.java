package dev.fovea.checkpoint;

import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the tensors of a file with the parameters of a network. */
final class WeightsCheck {
  private static final int SHOWN = 3;

  private WeightsCheck() {}

  static boolean fits(@Nullable TensorEntry entry, ParamSpec spec) {
    return entry != null && entry.type().isFloat() && entry.shape().equals(dims(spec.shape()));
  }

  /**
   * Requires the tensors under {@code prefix} to match {@code specs} exactly in names, types and
   * shapes.
   */
  static void require(SafetensorsFile file, String prefix, List<ParamSpec> specs) {
    List<String> faults = new ArrayList<>();
    Set<String> wanted = new HashSet<>();
    for (ParamSpec spec : specs) {
      String name = prefix + spec.name();
      wanted.add(name);
      TensorEntry entry = file.entries().get(name);
      if (entry == null) {
        faults.add(name + " is missing");
      } else if (!fits(entry, spec)) {
        faults.add(
            name
                + " is "
                + entry.type()
                + " "
                + entry.shape()
                + ", expected "
                + dims(spec.shape()));
      }
    }
    for (String name : file.entries().keySet()) {
      if (name.startsWith(prefix) && !wanted.contains(name)) {
        faults.add(name + " is not a parameter of the network");
      }
    }
    if (!faults.isEmpty()) {
      String more = faults.size() > SHOWN ? ", and " + (faults.size() - SHOWN) + " more" : "";
      throw CheckpointException.of(
          file.path(),
          "its weights belong to a different network: "
              + String.join(", ", faults.subList(0, Math.min(SHOWN, faults.size())))
              + more);
    }
  }

  private static List<Long> dims(Shape shape) {
    List<Long> dims = new ArrayList<>();
    for (int d : shape.dims()) {
      dims.add((long) d);
    }
    return dims;
  }
}
