package dev.fovea.app.guide;

import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a state dict as {@code torch.save} does: a zip with a pickle and a file per tensor. */
final class TorchFileWriter {
  private final Path file;
  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  TorchFileWriter(Path file) {
    this.file = file;
  }

  /** Writes initial values of these parameters under their names. */
  void write(List<ParamSpec> params) throws IOException {
    op(0x80, 2);
    global("collections", "OrderedDict");
    op(')', 'R', '(');
    for (int i = 0; i < params.size(); i++) {
      text(params.get(i).name());
      tensor(String.valueOf(i), longs(params.get(i).shape()));
    }
    op('u', '.');
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      put(zip, "archive/data.pkl", pickle.toByteArray());
      for (int i = 0; i < params.size(); i++) {
        float[] values = params.get(i).initialValues(5);
        ByteBuffer bytes =
            ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        put(zip, "archive/data/" + i, bytes.array());
      }
      put(zip, "archive/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  private static long[] longs(Shape shape) {
    return Arrays.stream(shape.dims()).asLongStream().toArray();
  }

  private void tensor(String key, long[] sizes) {
    long elements = 1;
    long[] strides = new long[sizes.length];
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = elements;
      elements *= sizes[i];
    }
    global("torch._utils", "_rebuild_tensor_v2");
    op('(', '(');
    text("storage");
    global("torch", "FloatStorage");
    text(key);
    text("cpu");
    number(elements);
    op('t', 'Q');
    number(0);
    tuple(sizes);
    tuple(strides);
    op(0x89);
    global("collections", "OrderedDict");
    op(')', 'R', 't', 'R');
  }

  private void op(int... codes) {
    for (int code : codes) {
      pickle.write(code);
    }
  }

  private void global(String module, String name) {
    op('c');
    pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op('X');
    little(4, utf8.length);
    pickle.writeBytes(utf8);
  }

  private void number(long n) {
    op(0x8a, Long.BYTES);
    little(Long.BYTES, n);
  }

  private void tuple(long[] numbers) {
    op('(');
    for (long n : numbers) {
      number(n);
    }
    op('t');
  }

  private void little(int bytes, long value) {
    for (int i = 0; i < bytes; i++) {
      pickle.write((int) (value >>> 8 * i));
    }
  }
}
