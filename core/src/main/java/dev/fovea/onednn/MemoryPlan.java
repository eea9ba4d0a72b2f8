package dev.fovea.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects the buffers of a program while it is lowered and lays them out: one arena in which
 * buffers that never live at the same time share bytes, and one block for what lasts.
 *
 * <p>Placement is greedy by size: the largest buffer first, each at the lowest offset that is free
 * during its life (Pisarchyk and Lee 2020, Efficient Memory Management for Deep Neural Net
 * Inference, section 5.2). The arena's size is known before any memory is taken.
 */
final class MemoryPlan {
  private final List<Buffer> buffers = new ArrayList<>();

  /** A new buffer in the arena, the lasting block or the staging area. */
  Buffer buffer(String name, long size, Buffer.Storage storage) {
    Buffer b = new Buffer(name, size, storage);
    buffers.add(b);
    return b;
  }

  /**
   * When a buffer is in use.
   *
   * @param first the index of the first instruction that touches it
   * @param last that of the last
   */
  record Life(int first, int last) {
    private static final Life NEVER = new Life(Integer.MAX_VALUE, -1);

    Life and(Life other) {
      return new Life(Math.min(first, other.first), Math.max(last, other.last));
    }

    boolean overlaps(Life other) {
      return first <= other.last && other.first <= last;
    }
  }

  /**
   * When each buffer that {@code step} touches is in use.
   *
   * @param results what is read after the step's end
   */
  static Map<Buffer, Life> lives(List<Instruction> step, List<Tensor> results) {
    Map<Buffer, Life> lives = new IdentityHashMap<>();
    for (int i = 0; i < step.size(); i++) {
      Life now = new Life(i, i);
      step.get(i).operands().forEach(t -> lives.merge(t.buffer(), now, Life::and));
    }
    Life end = new Life(step.size(), step.size());
    results.forEach(t -> lives.merge(t.buffer(), end, Life::and));
    return lives;
  }

  /** A buffer of the arena, when it lives, and its first byte. */
  private record Place(Buffer buffer, Life life, long start) {}

  /**
   * Decides all places.
   *
   * @param step the only instructions that touch buffers of the arena
   * @param results what is read after the step's end
   */
  MemoryLayout layOut(List<Instruction> step, List<Tensor> results) {
    Map<Buffer, Life> lives = lives(step, results);
    Map<Buffer, Long> offsets = new IdentityHashMap<>();
    long arenaBytes = placeArena(lives, offsets);
    long lastingBytes = 0;
    for (Buffer b : buffers) {
      if (b.storage() == Buffer.Storage.STAGING) {
        offsets.put(b, 0L);
        lastingBytes = Math.max(lastingBytes, aligned(b.size()));
      }
    }
    for (Buffer b : buffers) {
      if (b.storage() == Buffer.Storage.LASTING) {
        offsets.put(b, lastingBytes);
        lastingBytes += aligned(b.size());
      }
    }
    return new MemoryLayout(offsets, arenaBytes, lastingBytes);
  }

  private long placeArena(Map<Buffer, Life> lives, Map<Buffer, Long> offsets) {
    List<Buffer> bySize =
        new ArrayList<>(buffers.stream().filter(b -> b.storage() == Buffer.Storage.ARENA).toList());
    bySize.sort(
        Comparator.comparingLong(Buffer::size)
            .reversed()
            .thenComparingInt(b -> lives.getOrDefault(b, Life.NEVER).first()));
    // In the order of their first bytes: networks of a thousand layers have ten thousand buffers.
    List<Place> placed = new ArrayList<>();
    long arenaBytes = 0;
    for (Buffer b : bySize) {
      Life life = lives.getOrDefault(b, Life.NEVER);
      long at = lowestFree(b, life, placed);
      placed.add(firstFrom(at, placed), new Place(b, life, at));
      offsets.put(b, at);
      arenaBytes = Math.max(arenaBytes, at + aligned(b.size()));
    }
    return arenaBytes;
  }

  private static long lowestFree(Buffer b, Life life, List<Place> placed) {
    long at = 0;
    for (Place p : placed) {
      if (p.life().overlaps(life)) {
        if (p.start() - at >= aligned(b.size())) {
          break;
        }
        at = Math.max(at, p.start() + aligned(p.buffer().size()));
      }
    }
    return at;
  }

  /** The index of the first place that does not begin before {@code start}. */
  private static int firstFrom(long start, List<Place> placed) {
    int low = 0;
    int high = placed.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (placed.get(middle).start() < start) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static long aligned(long size) {
    return (size + MemoryLayout.ALIGNMENT - 1) / MemoryLayout.ALIGNMENT * MemoryLayout.ALIGNMENT;
  }
}
