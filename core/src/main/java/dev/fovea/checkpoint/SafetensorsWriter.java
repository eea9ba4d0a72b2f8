package dev.fovea.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Collects tensors and writes them to a safetensors file with a checksum.
 *
 * <p>The bytes depend only on the metadata and the tensors. The data starts at a multiple of 64
 * bytes, and 64-bit tensors come before 32-bit ones and those before 8-bit ones, so that every
 * tensor is aligned to its element size. Values are fetched one tensor at a time while writing. Not
 * thread-safe.
 */
public final class SafetensorsWriter {
  private static final int ALIGNMENT = 64;
  private static final int BLOCK = 1 << 18;

  private record Pending(String name, ElementType type, int[] shape, long bytes, Content content) {}

  /** The elements of a tensor, in memory or made when they are written. */
  private sealed interface Content {
    record Longs(long[] values) implements Content {}

    record Floats(Supplier<float[]> values) implements Content {}

    record Bytes(Supplier<byte[]> values) implements Content {}
  }

  private final SortedMap<String, String> metadata = new TreeMap<>();
  private final List<Pending> longs = new ArrayList<>();
  private final List<Pending> floats = new ArrayList<>();
  private final List<Pending> bytes = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /** Adds strings to {@code __metadata__}. */
  public SafetensorsWriter metadata(Map<String, String> strings) {
    metadata.putAll(strings);
    return this;
  }

  /** Adds an F32 tensor; {@code values} supplies its row-major elements when it is written. */
  public SafetensorsWriter floats(String name, int[] shape, Supplier<float[]> values) {
    claim(name);
    floats.add(
        new Pending(
            name, ElementType.F32, shape.clone(), 4 * elements(shape), new Content.Floats(values)));
    return this;
  }

  /** Adds an I8 tensor; {@code values} supplies its row-major elements when it is written. */
  public SafetensorsWriter bytes(String name, int[] shape, Supplier<byte[]> values) {
    claim(name);
    bytes.add(
        new Pending(
            name, ElementType.I8, shape.clone(), elements(shape), new Content.Bytes(values)));
    return this;
  }

  /** Adds a vector of I64 elements. */
  public SafetensorsWriter longs(String name, long... values) {
    claim(name);
    int[] shape = {values.length};
    longs.add(
        new Pending(
            name, ElementType.I64, shape, 8L * values.length, new Content.Longs(values.clone())));
    return this;
  }

  /** Adds an I64 scalar, a tensor without dimensions. */
  public SafetensorsWriter scalar(String name, long value) {
    claim(name);
    longs.add(
        new Pending(name, ElementType.I64, new int[0], 8, new Content.Longs(new long[] {value})));
    return this;
  }

  private void claim(String name) {
    if (name.equals(SafetensorsHeader.METADATA) || !names.add(name)) {
      throw new IllegalArgumentException(
          "tensor '" + name + "' was already added or has a reserved name");
    }
  }

  /**
   * Writes the file through {@link AtomicFile}.
   *
   * @throws CheckpointException if it cannot be written; an existing file is then unchanged
   */
  public void write(Path file) {
    byte[] header = header();
    long bytes = 8L + header.length + ordered().stream().mapToLong(Pending::bytes).sum();
    AtomicFile.write(file, bytes, channel -> writeTo(channel, header));
  }

  private void writeTo(FileChannel channel, byte[] header) throws IOException {
    MessageDigest digest = Checksum.digest();
    digest.update(header);
    int start = 8 + header.length;
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    channel.position(start);
    for (Pending p : ordered()) {
      writeTensor(p, channel, digest, block);
    }
    byte[] signed = Checksum.withChecksum(header, Checksum.BLANK, Checksum.text(digest));
    ByteBuffer head = ByteBuffer.allocate(start).order(ByteOrder.LITTLE_ENDIAN);
    head.putLong(header.length).put(signed).flip();
    channel.position(0);
    drain(head, channel);
  }

  private static void writeTensor(
      Pending p, FileChannel channel, MessageDigest digest, ByteBuffer block) throws IOException {
    if (p.content instanceof Content.Longs longs) {
      long[] values = longs.values;
      for (int at = 0; at < values.length; at += BLOCK / 8) {
        int n = Math.min(BLOCK / 8, values.length - at);
        block.clear().limit(8 * n);
        block.asLongBuffer().put(values, at, n);
        emit(block, channel, digest);
      }
    } else if (p.content instanceof Content.Floats floats) {
      float[] values = floats.values.get();
      check(p, values.length, 4);
      for (int at = 0; at < values.length; at += BLOCK / 4) {
        int n = Math.min(BLOCK / 4, values.length - at);
        block.clear().limit(4 * n);
        block.asFloatBuffer().put(values, at, n);
        emit(block, channel, digest);
      }
    } else if (p.content instanceof Content.Bytes bytes) {
      byte[] values = bytes.values.get();
      check(p, values.length, 1);
      for (int at = 0; at < values.length; at += BLOCK) {
        block.clear().put(values, at, Math.min(BLOCK, values.length - at)).flip();
        emit(block, channel, digest);
      }
    }
  }

  private static void check(Pending p, long values, int bytesEach) {
    if (values * bytesEach != p.bytes()) {
      throw new IllegalArgumentException(
          "tensor '"
              + p.name()
              + "' has "
              + values
              + " values, its shape takes "
              + p.bytes() / bytesEach);
    }
  }

  private static void emit(ByteBuffer block, FileChannel channel, MessageDigest digest)
      throws IOException {
    digest.update(block.duplicate());
    drain(block, channel);
  }

  private static void drain(ByteBuffer from, FileChannel channel) throws IOException {
    while (from.hasRemaining()) {
      channel.write(from);
    }
  }

  private byte[] header() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeObjectFieldStart(SafetensorsHeader.METADATA);
      json.writeStringField(Checksum.KEY, Checksum.BLANK);
      for (Map.Entry<String, String> e : metadata.entrySet()) {
        json.writeStringField(e.getKey(), e.getValue());
      }
      json.writeEndObject();
      long at = 0;
      for (Pending p : ordered()) {
        json.writeObjectFieldStart(p.name());
        json.writeStringField("dtype", p.type().name());
        json.writeFieldName("shape");
        json.writeArray(p.shape(), 0, p.shape().length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {at, at + p.bytes()}, 0, 2);
        json.writeEndObject();
        at += p.bytes();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("a string cannot fail to be written", e);
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (8 + bytes.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - 8;
    byte[] header = new byte[padded];
    Arrays.fill(header, (byte) ' ');
    System.arraycopy(bytes, 0, header, 0, bytes.length);
    return header;
  }

  private List<Pending> ordered() {
    List<Pending> all = new ArrayList<>(longs);
    all.addAll(floats);
    all.addAll(bytes);
    return all;
  }

  private static long elements(int[] shape) {
    long n = 1;
    for (int d : shape) {
      n = Math.multiplyExact(n, (long) d);
    }
    return n;
  }
}
