package dev.fovea.app.evaluation;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.Human;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Appends to a CSV table of results, one row per evaluation, with the columns of timm's {@code
 * validate.py} and a few more.
 *
 * <p>A row is appended in one write under a file lock; if that fails, the file is truncated to its
 * former size. A table written by timm keeps its own columns.
 */
public final class ResultsFile {
  /** Timm's columns, in the order of its script; every table must have them. */
  static final List<String> TIMM =
      List.of(
          "model",
          "top1",
          "top1_err",
          "top5",
          "top5_err",
          "param_count",
          "img_size",
          "crop_pct",
          "interpolation");

  /** The further columns of a new table. */
  static final List<String> MORE =
      List.of("crops", "images", "loss", "calibration_error", "precision", "split", "data");

  private static final long LARGEST = 1 << 26;

  private ResultsFile() {}

  /**
   * Appends a row; creates the table if there is none.
   *
   * @param row a value for every column of {@link #TIMM} and {@link #MORE}
   * @throws CommandException if the file is another table, which is left unchanged
   */
  public static synchronized void append(Path file, Map<String, String> row) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      if (!lock.isValid()) {
        throw new IOException(file + " cannot be locked");
      }
      long size = channel.size();
      String text = read(channel, file, size);
      StringBuilder more = new StringBuilder();
      List<String> columns;
      if (text.isEmpty()) {
        columns = new ArrayList<>(TIMM);
        columns.addAll(MORE);
        more.append(String.join(",", columns)).append('\n');
      } else {
        columns = columns(file, text);
        more.append(text.endsWith("\n") ? "" : "\n");
      }
      more.append(
          String.join(",", columns.stream().map(c -> quoted(row.getOrDefault(c, ""))).toList()));
      write(channel, size, more.append('\n').toString());
    }
  }

  /**
   * Checks before a long evaluation whether a row can be appended to the file.
   *
   * @throws CommandException if it is another table
   */
  public static void check(Path file) throws IOException {
    if (Files.exists(file)) {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        String text = read(channel, file, channel.size());
        if (!text.isEmpty()) {
          columns(file, text);
        }
      }
    } else {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null || !Files.isDirectory(folder)) {
        throw new NoSuchFileException(String.valueOf(folder));
      }
    }
  }

  private static String read(FileChannel channel, Path file, long size) throws IOException {
    if (size > LARGEST) {
      throw new CommandException(
          file + ": has " + size + " bytes; expected a table of results; name another file");
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) size);
    while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
      // A read may return fewer bytes than requested.
    }
    return new String(bytes.array(), StandardCharsets.UTF_8);
  }

  /** The columns of a table, checked against the known ones. */
  private static List<String> columns(Path file, String text) {
    String header = text.lines().findFirst().orElse("");
    List<String> columns = List.of(header.split(",", -1));
    boolean known = columns.stream().allMatch(c -> TIMM.contains(c) || MORE.contains(c));
    boolean once = columns.stream().distinct().count() == columns.size();
    if (!known || !once || !columns.containsAll(TIMM)) {
      throw new CommandException(
          file
              + ": its first line is '"
              + Human.visible(header.length() > 100 ? header.substring(0, 100) + "..." : header)
              + "', expected the columns "
              + String.join(",", TIMM)
              + " (more may follow: "
              + String.join(",", MORE)
              + "); name another file");
    }
    return columns;
  }

  private static void write(FileChannel channel, long size, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    boolean complete = false;
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes, size + bytes.position());
      }
      channel.force(true);
      complete = true;
    } finally {
      if (!complete) {
        channel.truncate(size);
      }
    }
  }

  /** A value quoted for CSV if necessary (RFC 4180). */
  static String quoted(String value) {
    boolean plain = value.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? value : "\"" + value.replace("\"", "\"\"") + "\"";
  }

  /**
   * A number with as many decimals as it needs, at most {@code decimals}, at least one; empty for
   * NaN.
   */
  static String rounded(double value, int decimals) {
    if (!Double.isFinite(value)) {
      return "";
    }
    BigDecimal v = BigDecimal.valueOf(value).setScale(decimals, RoundingMode.HALF_EVEN);
    String text = v.stripTrailingZeros().toPlainString();
    return text.contains(".") ? text : text + ".0";
  }

  /** A row with empty values. */
  static Map<String, String> row() {
    Map<String, String> row = new LinkedHashMap<>();
    TIMM.forEach(c -> row.put(c, ""));
    MORE.forEach(c -> row.put(c, ""));
    return row;
  }
}
