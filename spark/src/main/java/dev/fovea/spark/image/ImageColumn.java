package dev.fovea.spark.image;

import dev.fovea.InferenceRequest;
import dev.fovea.data.encode.Ppm;
import dev.fovea.data.image.Image;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** How a column holds images; told by its type. Immutable, and sent to executors. */
public sealed interface ImageColumn extends Serializable {
  /** What is said of types that hold no images. */
  String EXPECTED =
      "expected binary (the bytes of image files, as the source binaryFile reads them), a struct"
          + " with a binary field 'content' or 'bytes' (as image sets of Hugging Face in Parquet"
          + " have), or the struct of Spark's source image";

  /**
   * How a type holds images.
   *
   * @return empty if it holds none
   */
  static Optional<ImageColumn> of(DataType type) {
    if (type instanceof BinaryType) {
      return Optional.of(new Files());
    }
    if (!(type instanceof StructType struct)) {
      return Optional.empty();
    }
    List<String> names = Arrays.asList(struct.fieldNames());
    if (names.containsAll(Pixels.FIELDS)) {
      return Optional.of(Pixels.of(struct));
    }
    for (String name : List.of("content", "bytes")) {
      if (names.contains(name) && struct.apply(name).dataType() instanceof BinaryType) {
        int path = names.indexOf("path");
        boolean named = path >= 0 && struct.apply(path).dataType() instanceof StringType;
        return Optional.of(new FilesInside(name, names.indexOf(name), named ? path : -1));
      }
    }
    return Optional.empty();
  }

  /** The columns of a data set with their types, for messages. */
  static String columns(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(f -> f.name() + ": " + f.dataType().simpleString())
        .collect(Collectors.joining(", "));
  }

  /**
   * One value of the column; its bytes are not copied.
   *
   * @param name of the image, for messages, if the value has none of its own
   */
  ImageInput read(@Nullable Object value, String name);

  private static ImageInput unreadable(String name, String reason) {
    return new ImageInput.Unreadable("cannot read image " + name + ": " + reason);
  }

  /** Encoded files. */
  record Files() implements ImageColumn {
    @Override
    public ImageInput read(@Nullable Object value, String name) {
      if (value == null) {
        return unreadable(name, "the value is null");
      }
      byte[] bytes = (byte[]) value;
      return bytes.length == 0
          ? unreadable(name, "it is empty, it has 0 bytes")
          : new ImageInput.Asked(
              InferenceRequest.ofImage(bytes).named(name), bytes.length, () -> bytes);
    }
  }

  /**
   * Encoded files in a field of structs.
   *
   * @param field the name of the field
   * @param at its place
   * @param path the place of the file's name; -1 if it has none
   */
  record FilesInside(String field, int at, int path) implements ImageColumn {
    @Override
    public ImageInput read(@Nullable Object value, String name) {
      if (value == null) {
        return unreadable(name, "the value is null");
      }
      Row row = (Row) value;
      String file = path < 0 || row.isNullAt(path) ? name : row.getString(path);
      if (row.isNullAt(at)) {
        return unreadable(
            file,
            "'"
                + field
                + "' is null; a file that is only named is not read, put its bytes into the set");
      }
      return new Files().read(row.get(at), file);
    }
  }

  /**
   * Decoded images as Spark's source {@code image} gives them: rows of 8-bit BGR, BGRA or gray, in
   * OpenCV's numbering of types.
   *
   * @param at the places of {@link #FIELDS}
   */
  record Pixels(List<Integer> at) implements ImageColumn {
    static final List<String> FIELDS =
        List.of("origin", "height", "width", "nChannels", "mode", "data");

    private static final int ORIGIN = 0;
    private static final int HEIGHT = 1;
    private static final int WIDTH = 2;
    private static final int CHANNELS = 3;
    private static final int MODE = 4;
    private static final int DATA = 5;

    // CV_8U with one, three and four channels: 8 * (channels - 1).
    private static final Set<Integer> MODES = Set.of(0, 16, 24);

    static Pixels of(StructType struct) {
      return new Pixels(FIELDS.stream().map(struct::fieldIndex).toList());
    }

    @Override
    public ImageInput read(@Nullable Object value, String name) {
      if (value == null) {
        return unreadable(name, "the value is null");
      }
      Row row = (Row) value;
      String file = row.isNullAt(at.get(ORIGIN)) ? name : row.getString(at.get(ORIGIN));
      for (int field : List.of(HEIGHT, WIDTH, CHANNELS, MODE, DATA)) {
        if (row.isNullAt(at.get(field))) {
          return unreadable(file, "'" + FIELDS.get(field) + "' is null");
        }
      }
      return pixels(row, file);
    }

    private ImageInput pixels(Row row, String file) {
      int width = row.getInt(at.get(WIDTH));
      int height = row.getInt(at.get(HEIGHT));
      int channels = row.getInt(at.get(CHANNELS));
      int mode = row.getInt(at.get(MODE));
      byte[] data = (byte[]) row.get(at.get(DATA));
      if (width < 1 || height < 1) {
        return unreadable(
            file, "Spark's source image could not decode it, its size is " + size(width, height));
      }
      if (!MODES.contains(mode) || mode != 8 * (channels - 1)) {
        return unreadable(
            file,
            "pixels of OpenCV's type "
                + mode
                + " with "
                + channels
                + " channels are not read; expected 8-bit gray (0), BGR (16) or BGRA (24)");
      }
      long bytes = (long) width * height * channels;
      if (data.length != bytes) {
        return unreadable(
            file,
            size(width, height)
                + " pixels with "
                + channels
                + " channels are "
                + bytes
                + " bytes, got "
                + data.length);
      }
      if ((long) width * height > Integer.MAX_VALUE / Image.CHANNELS) {
        return unreadable(file, size(width, height) + " pixels are more than fit into an array");
      }
      Image image = new Image(width, height, rgb(data, channels));
      return new ImageInput.Asked(
          InferenceRequest.ofPicture(image).named(file),
          bytes + image.rgb().length,
          () -> Ppm.encode(image));
    }

    private static String size(int width, int height) {
      return width + "x" + height;
    }

    private static byte[] rgb(byte[] data, int channels) {
      byte[] rgb = new byte[data.length / channels * Image.CHANNELS];
      int green = channels == 1 ? 0 : 1;
      int red = channels == 1 ? 0 : 2;
      for (int from = 0, to = 0; from < data.length; from += channels, to += Image.CHANNELS) {
        rgb[to] = data[from + red];
        rgb[to + 1] = data[from + green];
        rgb[to + 2] = data[from];
      }
      return rgb;
    }
  }
}
