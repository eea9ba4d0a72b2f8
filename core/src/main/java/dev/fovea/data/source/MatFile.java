package dev.fovea.data.source;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;

/**
 * Reads structures of texts and numbers from a MATLAB file of level 5, the form of ImageNet's
 * {@code meta.mat}.
 *
 * <p>Source: MathWorks, MAT-File Format, section "Level 5 MAT-File Format".
 */
final class MatFile {
  private static final int HEADER = 128;
  private static final int MATRIX = 14;
  private static final int COMPRESSED = 15;
  private static final int STRUCT = 2;
  private static final int CHAR = 4;
  private static final int FIRST_NUMERIC = 6;
  private static final int LAST_NUMERIC = 15;
  private static final int MOST_BYTES = 1 << 26;
  private static final int MAX_DEPTH = 32;

  private MatFile() {}

  /** An element of the file: its type and its content. */
  private record Element(int type, ByteBuffer content) {}

  /**
   * The entries of the structure array {@code name}: texts as {@link String}, numbers as {@code
   * double[]}; fields of other kinds are left out.
   *
   * @throws IOException if the file is damaged or has no such structure
   */
  static List<Map<String, Object>> structs(byte[] file, String name) throws IOException {
    try {
      if (file.length < HEADER) {
        throw new IOException("it is too short for a MATLAB file of level 5");
      }
      boolean little = file[126] == 'I' && file[127] == 'M';
      if (!little && !(file[126] == 'M' && file[127] == 'I')) {
        throw new IOException("it is not a MATLAB file of level 5");
      }
      ByteBuffer in = ByteBuffer.wrap(file);
      in.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN).position(HEADER);
      while (in.remaining() >= 8) {
        Element element = element(in, false);
        if (element.type == COMPRESSED) {
          element = element(inflate(element.content), false);
        }
        if (element.type == MATRIX) {
          Object found = new Matrix(element.content, 0).value(name);
          if (found instanceof List<?>) {
            return entries(found);
          }
        }
      }
    } catch (BufferUnderflowException | IllegalArgumentException | ArithmeticException e) {
      throw new IOException("it is damaged", e);
    }
    throw new IOException("it has no structure '" + name + "'");
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> entries(Object list) {
    return (List<Map<String, Object>>) list;
  }

  private static ByteBuffer inflate(ByteBuffer from) throws IOException {
    byte[] packed = new byte[from.remaining()];
    ByteOrder order = from.order();
    from.get(packed);
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
      byte[] bytes = in.readNBytes(MOST_BYTES);
      return ByteBuffer.wrap(bytes).order(order);
    }
  }

  /** Reads a tag and takes its content, which ends at a multiple of 8 bytes. */
  private static Element element(ByteBuffer in, boolean padded) {
    int first = in.getInt();
    if (first >>> 16 != 0) {
      int length = first >>> 16;
      if (length > 4 || in.remaining() < 4) {
        throw new BufferUnderflowException();
      }
      ByteBuffer content = in.slice(in.position(), length).order(in.order());
      in.position(in.position() + 4);
      return new Element(first & 0xffff, content);
    }
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer content = in.slice(in.position(), length).order(in.order());
    int whole = padded ? (length + 7) / 8 * 8 : length;
    in.position(in.position() + Math.min(whole, in.remaining()));
    return new Element(first, content);
  }

  /** The content of one array. */
  private static final class Matrix {
    private final ByteBuffer in;
    private final int depth;
    private final int kind;
    private final int count;
    private final String name;

    Matrix(ByteBuffer in, int depth) throws IOException {
      if (depth > MAX_DEPTH) {
        throw new IOException("its structures are nested too deep");
      }
      this.in = in;
      this.depth = depth;
      if (!in.hasRemaining()) {
        kind = 0;
        count = 0;
        name = "";
        return;
      }
      kind = next().content.getInt() & 0xff;
      ByteBuffer dims = next().content;
      long product = 1;
      while (dims.remaining() >= 4) {
        product = Math.multiplyExact(product, Math.max(0, dims.getInt()));
      }
      if (product > MOST_BYTES) {
        throw new IOException("it is damaged");
      }
      count = (int) product;
      name = StandardCharsets.ISO_8859_1.decode(next().content).toString();
    }

    private Element next() {
      return element(in, true);
    }

    /** The value if the array has this name, else an empty text. */
    Object value(String wanted) throws IOException {
      return name.equals(wanted) ? value() : "";
    }

    private Object value() throws IOException {
      if (kind == STRUCT) {
        return structs();
      } else if (kind == CHAR) {
        return in.hasRemaining() ? text(next()) : "";
      } else if (kind >= FIRST_NUMERIC && kind <= LAST_NUMERIC && in.hasRemaining()) {
        return numbers(next());
      }
      return new Object[0];
    }

    private List<Map<String, Object>> structs() throws IOException {
      int width = next().content.getInt();
      ByteBuffer text = next().content;
      if (width < 1) {
        throw new IOException("it is damaged");
      }
      List<String> fields = new ArrayList<>();
      while (text.remaining() >= width) {
        byte[] bytes = new byte[width];
        text.get(bytes);
        fields.add(new String(bytes, StandardCharsets.ISO_8859_1).replaceAll("\0.*", ""));
      }
      List<Map<String, Object>> entries = new ArrayList<>();
      for (int k = 0; k < count; k++) {
        Map<String, Object> entry = new LinkedHashMap<>();
        for (String field : fields) {
          Element element = next();
          if (element.type == MATRIX) {
            Object value = new Matrix(element.content, depth + 1).value();
            if (value instanceof String || value instanceof double[]) {
              entry.put(field, value);
            }
          }
        }
        entries.add(entry);
      }
      return entries;
    }

    private static String text(Element e) {
      Charset utf16 =
          e.content.order() == ByteOrder.LITTLE_ENDIAN
              ? StandardCharsets.UTF_16LE
              : StandardCharsets.UTF_16BE;
      Charset charset =
          switch (e.type) {
            case 3, 4, 17 -> utf16;
            case 16 -> StandardCharsets.UTF_8;
            default -> StandardCharsets.ISO_8859_1;
          };
      return charset.decode(e.content).toString();
    }

    private static double[] numbers(Element e) throws IOException {
      List<Double> values = new ArrayList<>();
      ByteBuffer b = e.content;
      while (b.hasRemaining()) {
        values.add(
            switch (e.type) {
              case 1 -> (double) b.get();
              case 2 -> (double) (b.get() & 255);
              case 3 -> (double) b.getShort();
              case 4 -> (double) (b.getShort() & 0xffff);
              case 5 -> (double) b.getInt();
              case 6 -> (double) Integer.toUnsignedLong(b.getInt());
              case 7 -> (double) b.getFloat();
              case 9 -> b.getDouble();
              case 12, 13 -> (double) b.getLong();
              default -> throw new IOException("it has numbers of the unknown type " + e.type);
            });
      }
      return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
  }
}
