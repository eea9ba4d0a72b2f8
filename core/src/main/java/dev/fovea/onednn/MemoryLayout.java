package dev.fovea.onednn;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The offset of every buffer of a program in the arena or the persistent block, and the sizes of
 * both; immutable. It does not allocate anything.
 */
final class MemoryLayout {
  /** Alignment of every buffer in bytes: a cache line. */
  static final int ALIGNMENT = 64;

  private final Map<Buffer, Long> offsets;
  private final long arenaBytes;
  private final long persistentBytes;

  /**
   * Creates a layout.
   *
   * @param offsets the offset of every buffer in the arena or the persistent block
   */
  MemoryLayout(Map<Buffer, Long> offsets, long arenaBytes, long persistentBytes) {
    this.offsets = new IdentityHashMap<>(offsets);
    this.arenaBytes = arenaBytes;
    this.persistentBytes = persistentBytes;
  }

  /** The size of the arena in bytes. */
  long arenaBytes() {
    return arenaBytes;
  }

  /** The size of the persistent block in bytes. */
  long persistentBytes() {
    return persistentBytes;
  }

  /** The buffer's offset in bytes from the start of its block. */
  long offset(Buffer buffer) {
    Long offset = offsets.get(buffer);
    if (offset == null) {
      throw new IllegalArgumentException("buffer " + buffer + " is not part of this layout");
    }
    return offset;
  }
}
