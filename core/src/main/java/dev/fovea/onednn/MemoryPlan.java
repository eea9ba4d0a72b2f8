package dev.fovea.onednn;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects the buffers of a program during lowering and lays them out: an arena, in which buffers
 * that are never live at the same time share memory, and a block for persistent buffers.
 *
 * <p>Placement is greedy by size: the largest buffer first, each at the lowest offset that is free
 * during its lifetime (Pisarchyk and Lee 2020, Efficient Memory Management for Deep Neural Net
 * Inference, section 5.2). The size of the arena is known before anything is allocated.
 */
final class MemoryPlan {
  private final List<Buffer> buffers = new ArrayList<>();

  /** Creates a buffer in the arena, the persistent block or the staging area. */
  Buffer buffer(String name, long size, Buffer.Storage storage) {
    Buffer b = new Buffer(name, size, storage);
    buffers.add(b);
    return b;
  }

  /**
   * The lifetime of a buffer.
   *
   * @param first index of the first instruction that accesses it
   * @param last index of the last instruction that accesses it
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
   * The lifetimes of all buffers that {@code step} accesses.
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

  /** An arena buffer with its lifetime and offset. */
  private record Place(Buffer buffer, Life life, long start) {}

  /**
   * Places all buffers.
   *
   * @param step the instructions; no others access the arena
   * @param results what is read after the step's end
   */
  MemoryLayout layOut(List<Instruction> step, List<Tensor> results) {
    Map<Buffer, Life> lives = lives(step, results);
    Map<Buffer, Long> offsets = new IdentityHashMap<>();
    long arenaBytes = placeArena(lives, offsets);
    long persistentBytes = 0;
    for (Buffer b : buffers) {
      if (b.storage() == Buffer.Storage.STAGING) {
        offsets.put(b, 0L);
        persistentBytes = Math.max(persistentBytes, alignUp(b.size()));
      }
    }
    for (Buffer b : buffers) {
      if (b.storage() == Buffer.Storage.PERSISTENT) {
        offsets.put(b, persistentBytes);
        persistentBytes += alignUp(b.size());
      }
    }
    return new MemoryLayout(offsets, arenaBytes, persistentBytes);
  }

  private long placeArena(Map<Buffer, Life> lives, Map<Buffer, Long> offsets) {
    List<Buffer> bySize =
        new ArrayList<>(buffers.stream().filter(b -> b.storage() == Buffer.Storage.ARENA).toList());
    bySize.sort(
        Comparator.comparingLong(Buffer::size)
            .reversed()
            .thenComparingInt(b -> lives.getOrDefault(b, Life.NEVER).first()));
    // Kept sorted by offset for binary search: networks of a thousand layers have ten thousand
    // buffers.
    List<Place> placed = new ArrayList<>();
    long arenaBytes = 0;
    for (Buffer b : bySize) {
      Life life = lives.getOrDefault(b, Life.NEVER);
      long at = lowestFree(b, life, placed);
      placed.add(firstFrom(at, placed), new Place(b, life, at));
      offsets.put(b, at);
      arenaBytes = Math.max(arenaBytes, at + alignUp(b.size()));
    }
    return arenaBytes;
  }

  private static long lowestFree(Buffer b, Life life, List<Place> placed) {
    long at = 0;
    for (Place p : placed) {
      if (p.life().overlaps(life)) {
        if (p.start() - at >= alignUp(b.size())) {
          break;
        }
        at = Math.max(at, p.start() + alignUp(p.buffer().size()));
      }
    }
    return at;
  }

  /** The index of the first place with an offset of at least {@code start}. */
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

  private static long alignUp(long size) {
    return (size + MemoryLayout.ALIGNMENT - 1) / MemoryLayout.ALIGNMENT * MemoryLayout.ALIGNMENT;
  }
}
