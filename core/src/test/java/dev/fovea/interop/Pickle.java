package dev.fovea.interop;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes a pickle operation by operation, right or wrong. */
final class Pickle {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  Pickle() {
    op(0x80, 2);
  }

  /** Goes on behind {@code begun}. */
  Pickle(byte[] begun) {
    out.writeBytes(begun);
  }

  Pickle op(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  Pickle op(char code) {
    return op((int) code);
  }

  Pickle raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  Pickle text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return op('X').raw(little(4, utf8.length)).raw(utf8);
  }

  Pickle global(String module, String name) {
    return op('c').raw((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
  }

  Pickle number(long n) {
    return op(0x8a, 8).raw(little(8, n));
  }

  Pickle tuple(long... numbers) {
    op('(');
    for (long n : numbers) {
      number(n);
    }
    return op('t');
  }

  /** The storage of a persistent id. */
  Pickle storage(String type, String key, long elements) {
    op('(').text("storage").global("torch", type).text(key).text("cpu").number(elements);
    return op('t').op('Q');
  }

  /** A call of {@code _rebuild_tensor_v2}. */
  Pickle tensor(String type, String key, long stored, long offset, long[] sizes, long[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").op('(').storage(type, key, stored);
    number(offset).tuple(sizes).tuple(strides);
    return op(0x89).global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
  }

  /** A contiguous vector that fills its storage. */
  Pickle vector(String type, String key, long elements) {
    return tensor(type, key, elements, 0, new long[] {elements}, new long[] {1});
  }

  byte[] stop() {
    return op('.').bytes();
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  static byte[] little(int bytes, long value) {
    ByteBuffer all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
    return java.util.Arrays.copyOf(all.array(), bytes);
  }

  static byte[] floats(float... values) {
    ByteBuffer all = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float v : values) {
      all.putFloat(v);
    }
    return all.array();
  }

  /** A dictionary of one vector {@code w} of two numbers in storage {@code 0}. */
  static byte[] oneVector() {
    return new Pickle().op('}').text("w").vector("FloatStorage", "0", 2).op('s').stop();
  }
}
