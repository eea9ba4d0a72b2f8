package dev.fovea.onednn;

/** A block of memory that instructions work on; a {@link MemoryLayout} gives its address. */
final class Buffer {

  /** The kind of memory that a buffer is part of. */
  enum Storage {
    /** The arena, shared with buffers that live at other times of the step. */
    ARENA,
    /** Dedicated memory for the lifetime of the program. */
    PERSISTENT,
    /**
     * One persistent block that all such buffers share: each is filled and read before the next.
     */
    STAGING,
    /** The program's weights; the buffer is named after the parameter it starts at. */
    WEIGHTS,
    /** The program's gradients; named in the same way. */
    GRADIENTS
  }

  private final String name;
  private final long size;
  private final Storage storage;

  Buffer(String name, long size, Storage storage) {
    this.name = name;
    this.size = size;
    this.storage = storage;
  }

  String name() {
    return name;
  }

  long size() {
    return size;
  }

  Storage storage() {
    return storage;
  }

  /** For example {@code conv1 scratchpad (ARENA, 4096 bytes)}. */
  @Override
  public String toString() {
    return name + " (" + storage + ", " + size + " bytes)";
  }
}
