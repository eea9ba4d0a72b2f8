package dev.fovea.train;

import dev.fovea.collective.CollectiveException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** The parameter sets of a run, which are the same on all of its ranks, bit by bit. */
final class SharedSets {
  // A message holds at most so many values.
  private static final int PIECE = 1 << 20;

  private SharedSets() {}

  /** Replaces the sets of all ranks by those of rank 0; does nothing on the only rank. */
  static void spread(Map<String, ParameterSet> sets, Ranks ranks) {
    if (!ranks.areSeveral()) {
      return;
    }
    for (ParameterSet set : ordered(sets)) {
      for (ParamSpec spec : set.specs()) {
        float[] values = set.read(spec.name());
        for (int from = 0; from < values.length; from += PIECE) {
          int n = Math.min(PIECE, values.length - from);
          int at = from;
          floats(ranks.ofFirst(() -> bytes(values, at, n))).get(values, from, n);
        }
        if (!ranks.leads()) {
          set.write(spec.name(), values);
        }
      }
    }
  }

  /**
   * Compares the sets of all ranks.
   *
   * @param step the last completed step
   * @throws CollectiveException if they differ, naming the ranks
   */
  static void requireSame(Map<String, ParameterSet> sets, long step, Ranks ranks) {
    if (!ranks.areSeveral()) {
      return;
    }
    List<byte[]> sums = ranks.gather(() -> checksum(sets));
    List<String> others = new ArrayList<>();
    for (int r = 1; r < sums.size(); r++) {
      if (!Arrays.equals(sums.get(r), sums.get(0))) {
        others.add(String.valueOf(r));
      }
    }
    if (!others.isEmpty()) {
      throw new CollectiveException(
          "after step "
              + step
              + " the weights or optimizer states of rank "
              + String.join(", ", others)
              + " differ from those of rank 0, so nothing was saved; the files of the run are from"
              + " before. All ranks must compute the same updates bit by bit: run them on the"
              + " same kind of CPU with the same version of Fovea and Java, and check their memory"
              + " if they do. Then resume the run");
    }
  }

  private static byte[] checksum(Map<String, ParameterSet> sets) {
    CRC32C sum = new CRC32C();
    for (ParameterSet set : ordered(sets)) {
      for (ParamSpec spec : set.specs()) {
        float[] values = set.read(spec.name());
        for (int from = 0; from < values.length; from += PIECE) {
          sum.update(bytes(values, from, Math.min(PIECE, values.length - from)));
        }
      }
    }
    return ByteBuffer.allocate(Long.BYTES).putLong(sum.getValue()).array();
  }

  private static List<ParameterSet> ordered(Map<String, ParameterSet> sets) {
    return List.copyOf(new TreeMap<>(sets).values());
  }

  private static byte[] bytes(float[] values, int from, int n) {
    ByteBuffer bytes = ByteBuffer.allocate(n * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values, from, n);
    return bytes.array();
  }

  private static FloatBuffer floats(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
