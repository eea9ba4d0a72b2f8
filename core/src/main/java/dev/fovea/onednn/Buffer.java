package dev.fovea.onednn;

/**
 * A run of bytes whose address is decided after everything that uses it is known.
 *
 * <p>Buffers of the arena live from their first to their last use in the step and share memory with
 * buffers that live at other times; lasting ones have memory of their own.
 */
final class Buffer {
  private final String purpose;
  private long size;
  private final boolean lasting;
  private int firstUse = Integer.MAX_VALUE;
  private int lastUse = -1;
  private long address;

  Buffer(String purpose, long size, boolean lasting) {
    this.purpose = purpose;
    this.size = size;
    this.lasting = lasting;
  }

  String purpose() {
    return purpose;
  }

  long size() {
    return size;
  }

  boolean lasting() {
    return lasting;
  }

  /** Makes it at least {@code bytes} long; only before memory is planned. */
  void atLeast(long bytes) {
    size = Math.max(size, bytes);
  }

  void usedAt(int index) {
    firstUse = Math.min(firstUse, index);
    lastUse = Math.max(lastUse, index);
  }

  int firstUse() {
    return firstUse;
  }

  int lastUse() {
    return lastUse;
  }

  boolean livesWith(Buffer other) {
    return firstUse <= other.lastUse && other.firstUse <= lastUse;
  }

  void place(long address) {
    this.address = address;
  }

  long address() {
    if (address == 0) {
      throw new IllegalStateException("buffer '" + purpose + "' is used before memory was planned");
    }
    return address;
  }
}
