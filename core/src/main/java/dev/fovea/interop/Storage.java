package dev.fovea.interop;

import dev.fovea.checkpoint.ElementType;

/** A flat little-endian array in a file. Its position is set after the pickle was read. */
final class Storage {
  private static final long NOWHERE = -1;

  private final String key;
  private final ElementType type;
  private final long elements;
  private long position = NOWHERE;

  Storage(String key, ElementType type, long elements) {
    this.key = key;
    this.type = type;
    this.elements = elements;
  }

  String key() {
    return key;
  }

  ElementType type() {
    return type;
  }

  long elements() {
    return elements;
  }

  /** Cannot overflow: the number of elements was compared with the size of the file. */
  long bytes() {
    return elements * type.bytes();
  }

  boolean isPlaced() {
    return position != NOWHERE;
  }

  void place(long at) {
    position = at;
  }

  long position() {
    if (!isPlaced()) {
      throw new IllegalStateException("storage " + key + " was never found in its file");
    }
    return position;
  }
}
