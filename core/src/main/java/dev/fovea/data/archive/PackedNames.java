package dev.fovea.data.archive;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An immutable list of texts in few bytes: each holds only what differs from the one before it.
 * Texts are made when they are asked for. Safe for any number of threads.
 *
 * <p>Source: front coding, I. Witten, A. Moffat, T. Bell, Managing Gigabytes, section 4.1. Every
 * 16th text is stored whole, so that a text is found in at most 16 steps.
 */
final class PackedNames {
  static final int GROUP = 16;

  private final int size;
  private final byte[] bytes;
  private final int[] groups;

  /**
   * Texts as {@link Builder} encodes them.
   *
   * @param groups where every 16th text starts
   */
  PackedNames(int size, byte[] bytes, int[] groups) {
    this.size = size;
    this.bytes = bytes;
    this.groups = groups;
  }

  int size() {
    return size;
  }

  byte[] bytes() {
    return bytes;
  }

  int[] groups() {
    return groups;
  }

  String get(int i) {
    if (i < 0 || i >= size) {
      throw new IndexOutOfBoundsException("there is no text " + i + " of " + size);
    }
    byte[] text = new byte[64];
    int length = 0;
    int at = groups[i / GROUP];
    for (int k = i - i % GROUP; k <= i; k++) {
      int shared = number(at);
      at += width(shared);
      int own = number(at);
      at += width(own);
      length = shared + own;
      if (length > text.length) {
        text = Arrays.copyOf(text, 2 * length);
      }
      System.arraycopy(bytes, at, text, shared, own);
      at += own;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  /** A number in 7 bits a byte, the lowest first; the highest bit says that another follows. */
  private int number(int at) {
    int value = 0;
    int shift = 0;
    int b;
    do {
      b = bytes[at++];
      value |= (b & 127) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }

  private static int width(int value) {
    return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4;
  }

  /** Encodes texts one after the other. For one thread. */
  static final class Builder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int[] groups = new int[64];
    private byte[] last = new byte[0];
    private int size;

    void add(byte[] text) {
      int shared = 0;
      if (size % GROUP == 0) {
        if (size / GROUP == groups.length) {
          groups = Arrays.copyOf(groups, 2 * groups.length);
        }
        groups[size / GROUP] = out.size();
      } else {
        int mismatch = Arrays.mismatch(last, text);
        shared = mismatch < 0 ? text.length : mismatch;
      }
      put(shared);
      put(text.length - shared);
      out.write(text, shared, text.length - shared);
      last = text;
      size++;
    }

    private void put(int value) {
      int rest = value;
      while (rest >= 128) {
        out.write(rest & 127 | 128);
        rest >>= 7;
      }
      out.write(rest);
    }

    PackedNames build() {
      return new PackedNames(
          size, out.toByteArray(), Arrays.copyOf(groups, (size + GROUP - 1) / GROUP));
    }
  }
}
