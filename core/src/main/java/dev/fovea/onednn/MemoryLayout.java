package dev.fovea.onednn;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Where every buffer of a program lies, relative to the start of the arena or of the lasting block,
 * and how large both are; immutable, and no memory is taken yet.
 */
final class MemoryLayout {
  /** Every buffer starts at a multiple of this many bytes: a cache line. */
  static final int ALIGNMENT = 64;

  private final Map<Buffer, Long> offsets;
  private final long arenaBytes;
  private final long lastingBytes;

  /**
   * A layout.
   *
   * @param offsets of every buffer in the arena or the lasting block
   */
  MemoryLayout(Map<Buffer, Long> offsets, long arenaBytes, long lastingBytes) {
    this.offsets = new IdentityHashMap<>(offsets);
    this.arenaBytes = arenaBytes;
    this.lastingBytes = lastingBytes;
  }

  /** The size of the one block that all buffers of the arena share. */
  long arenaBytes() {
    return arenaBytes;
  }

  /** The size of the block for what lasts. */
  long lastingBytes() {
    return lastingBytes;
  }

  /** Bytes from the start of the buffer's block. */
  long offset(Buffer buffer) {
    Long offset = offsets.get(buffer);
    if (offset == null) {
      throw new IllegalArgumentException("buffer " + buffer + " is not part of this layout");
    }
    return offset;
  }
}
