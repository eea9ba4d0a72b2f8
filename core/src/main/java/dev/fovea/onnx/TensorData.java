package dev.fovea.onnx;

import dev.fovea.onnx.ProtoReader.Span;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Supplier;

/**
 * Where the values of a tensor lie in a file: as raw bytes, or in one of the typed fields. They are
 * read when they are asked for.
 *
 * @param raw whether {@code spans} holds the one range of raw bytes
 * @param spans the ranges of a typed field, in order
 * @param wire how a typed field is encoded
 */
record TensorData(
    ProtoReader reader,
    String name,
    OnnxType type,
    long elements,
    boolean raw,
    List<Span> spans,
    int wire)
    implements Supplier<Object> {
  private static final int BLOCK = 1 << 16;
  private static final int SIGN = 0x8000;
  private static final int INFINITE = 31;

  @Override
  public Object get() {
    int count = Math.toIntExact(elements);
    if (type.isReal()) {
      float[] values = new float[count];
      if (raw) {
        rawFloats(values);
      } else {
        typed(count, (i, bits) -> values[i] = real(bits));
      }
      return values;
    }
    long[] values = new long[count];
    if (raw) {
      rawLongs(values);
    } else {
      typed(count, (i, bits) -> values[i] = whole(bits));
    }
    return values;
  }

  private interface Sink {
    void put(int i, long bits);
  }

  private void typed(int count, Sink sink) {
    int i = 0;
    for (Span span : spans) {
      reader.seek(span.start());
      while (reader.position() < span.end()) {
        long bits =
            switch (wire) {
              case ProtoReader.FIXED32 -> Float.floatToRawIntBits(reader.fixed32(span.end()));
              case ProtoReader.FIXED64 -> Double.doubleToRawLongBits(reader.fixed64(span.end()));
              default -> reader.varint(span.end());
            };
        if (i == count) {
          throw wrong(i + 1L);
        }
        sink.put(i++, bits);
      }
    }
    if (i != count) {
      throw wrong(i);
    }
  }

  private OnnxException wrong(long values) {
    return reader.damaged(
        (values < elements ? "only " : "more than ")
            + Math.min(values, elements)
            + " values for the tensor '"
            + OnnxException.printable(name)
            + "' of "
            + elements
            + " elements");
  }

  private void rawFloats(float[] values) {
    blocks(
        values.length,
        (bytes, at, n) -> {
          switch (type) {
            case FLOAT -> bytes.asFloatBuffer().get(values, at, n);
            case DOUBLE -> {
              for (int i = 0; i < n; i++) {
                values[at + i] = (float) bytes.getDouble();
              }
            }
            default -> {
              for (int i = 0; i < n; i++) {
                values[at + i] = real(bytes.getShort());
              }
            }
          }
        });
  }

  private void rawLongs(long[] values) {
    blocks(
        values.length,
        (bytes, at, n) -> {
          for (int i = 0; i < n; i++) {
            values[at + i] =
                whole(
                    switch (type.bytes()) {
                      case Byte.BYTES -> bytes.get();
                      case Short.BYTES -> bytes.getShort();
                      case Integer.BYTES -> bytes.getInt();
                      default -> bytes.getLong();
                    });
          }
        });
  }

  private interface BlockSink {
    void put(ByteBuffer bytes, int at, int count);
  }

  private void blocks(int count, BlockSink sink) {
    int each = BLOCK / type.bytes();
    ByteBuffer block =
        ByteBuffer.allocate(Math.min(count, each) * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < count; at += each) {
      int n = Math.min(each, count - at);
      block.clear().limit(n * type.bytes());
      reader.fill(block, spans.get(0).start() + (long) at * type.bytes());
      sink.put(block.flip(), at, n);
    }
  }

  private float real(long bits) {
    return switch (type) {
      case FLOAT -> Float.intBitsToFloat((int) bits);
      case DOUBLE -> (float) Double.longBitsToDouble(bits);
      case BFLOAT16 -> DType.fromBf16((short) bits);
      default -> half((int) bits);
    };
  }

  private long whole(long bits) {
    return switch (type) {
      case UINT8 -> bits & 0xFF;
      case UINT16 -> bits & 0xFFFF;
      case UINT32 -> bits & 0xFFFF_FFFFL;
      case INT8 -> (byte) bits;
      case INT16 -> (short) bits;
      case INT32 -> (int) bits;
      case BOOL -> bits == 0 ? 0 : 1;
      default -> bits;
    };
  }

  private static float half(int bits) {
    int exponent = bits >>> 10 & INFINITE;
    int fraction = bits & 0x3FF;
    float magnitude =
        exponent == 0
            ? fraction * 0x1p-24f
            : exponent == INFINITE
                ? fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN
                : Math.scalb(1 + fraction * 0x1p-10f, exponent - 15);
    return (bits & SIGN) == 0 ? magnitude : -magnitude;
  }
}
