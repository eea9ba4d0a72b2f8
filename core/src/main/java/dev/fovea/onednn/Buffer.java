package dev.fovea.onednn;

/** A run of bytes that lowered instructions work on; a {@link MemoryLayout} decides where. */
final class Buffer {

  /** What memory a buffer is part of. */
  enum Storage {
    /** Shared with buffers that live at other times of the step. */
    ARENA,
    /** Memory of its own for the life of the program. */
    LASTING,
    /** One lasting block that all such buffers share: each is filled and read in one go. */
    STAGING,
    /** The program's weights; the buffer has the name of the parameter it starts at. */
    WEIGHTS,
    /** The program's gradients, likewise. */
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
