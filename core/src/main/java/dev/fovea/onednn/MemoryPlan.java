package dev.fovea.onednn;

import dev.fovea.onednn.handle.NativeMemory;
import dev.fovea.onednn.handle.Owner;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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

  /** Decides all places, relative to 0. */
  List<Long> layOut() {
    List<Buffer> bySize = new ArrayList<>(arena);
    bySize.sort(
        Comparator.comparingLong(Buffer::size).reversed().thenComparingInt(Buffer::firstUse));
    List<Buffer> placed = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    long[] start = new long[bySize.size()];
    for (Buffer b : bySize) {
      long at = lowestFree(b, placed, start);
      start[placed.size()] = at;
      placed.add(b);
      arenaBytes = Math.max(arenaBytes, at + aligned(b.size()));
    }
    for (Buffer b : arena) {
      offsets.add(start[placed.indexOf(b)]);
    }
    for (Buffer b : lasting) {
      lastingBytes += aligned(b.size());
    }
    return offsets;
  }

  private static long lowestFree(Buffer b, List<Buffer> placed, long[] start) {
    List<long[]> taken = new ArrayList<>();
    for (int i = 0; i < placed.size(); i++) {
      if (placed.get(i).livesWith(b)) {
        taken.add(new long[] {start[i], start[i] + aligned(placed.get(i).size())});
      }
    }
    taken.sort(Comparator.comparingLong(t -> t[0]));
    long at = 0;
    for (long[] t : taken) {
      if (t[0] - at >= aligned(b.size())) {
        break;
      }
      at = Math.max(at, t[1]);
    }
    return at;
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
