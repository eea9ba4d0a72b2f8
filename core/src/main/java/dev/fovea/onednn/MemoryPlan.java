package dev.fovea.onednn;

import dev.fovea.onednn.binding.NativeMemory;
import dev.fovea.onednn.binding.Owner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where every buffer lies: one arena in which buffers that never live at the same time share bytes,
 * and one block for what lasts.
 *
 * <p>Placement is greedy by size: the largest buffer first, each at the lowest offset that is free
 * during its life. The arena's size is known before any memory is taken.
 */
final class MemoryPlan {
  private static final long ALIGNMENT = 64;

  private final List<Buffer> arena = new ArrayList<>();
  private final List<Buffer> lasting = new ArrayList<>();
  private final Buffer staging = lastingBuffer("staging", 0);
  private long arenaBytes;
  private long lastingBytes;

  Buffer buffer(String purpose, long size) {
    Buffer b = new Buffer(purpose, size, false);
    arena.add(b);
    return b;
  }

  Buffer lastingBuffer(String purpose, long size) {
    Buffer b = new Buffer(purpose, size, true);
    lasting.add(b);
    return b;
  }

  /** The one lasting buffer that steps share which use it only while they run. */
  Buffer staging(long size) {
    staging.atLeast(size);
    return staging;
  }

  long arenaBytes() {
    return arenaBytes;
  }

  long lastingBytes() {
    return lastingBytes;
  }

  /** A buffer and its first byte in the arena. */
  private record Place(Buffer buffer, long start) {}

  /** Decides all places, relative to 0. */
  List<Long> layOut() {
    List<Buffer> bySize = new ArrayList<>(arena);
    bySize.sort(
        Comparator.comparingLong(Buffer::size).reversed().thenComparingInt(Buffer::firstUse));
    // In the order of their first bytes: networks of a thousand layers have ten thousand buffers.
    List<Place> placed = new ArrayList<>();
    Map<Buffer, Long> offsets = new IdentityHashMap<>();
    for (Buffer b : bySize) {
      long at = lowestFree(b, placed);
      placed.add(firstFrom(at, placed), new Place(b, at));
      offsets.put(b, at);
      arenaBytes = Math.max(arenaBytes, at + aligned(b.size()));
    }
    for (Buffer b : lasting) {
      lastingBytes += aligned(b.size());
    }
    return arena.stream().map(offsets::get).toList();
  }

  private static long lowestFree(Buffer b, List<Place> placed) {
    long at = 0;
    for (Place p : placed) {
      if (p.buffer().livesWith(b)) {
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
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Takes the memory and gives every buffer its address. */
  void take(Owner owner, List<Long> offsets) {
    NativeMemory block = new NativeMemory(owner, Math.max(arenaBytes, ALIGNMENT));
    for (int i = 0; i < arena.size(); i++) {
      arena.get(i).place(block.address() + offsets.get(i));
    }
    NativeMemory own = new NativeMemory(owner, Math.max(lastingBytes, ALIGNMENT));
    long at = own.address();
    for (Buffer b : lasting) {
      b.place(at);
      at += aligned(b.size());
    }
  }
}
