package dev.fovea.data.source;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import dev.fovea.tensor.Decimals;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads pairs of IDX files, as used by MNIST and its successors: {@code train-images-idx3-ubyte}
 * and {@code train-labels-idx1-ubyte}, {@code t10k-...} for testing, plain or gzipped. Class names
 * come from {@code classes.txt} beside them, else they are numbers.
 */
final class IdxFiles {
  private static final Pattern IMAGES =
      Pattern.compile("(.*[-_])?(train|t10k|test)[-_]images[-._]idx3[-._]ubyte(\\.gz)?");
  private static final int IMAGE_MAGIC = 0x803;
  private static final int LABEL_MAGIC = 0x801;
  private static final long MOST_BYTES = Integer.MAX_VALUE - 64;

  private IdxFiles() {}

  /** Whether the folder contains IDX files. */
  static boolean isHere(Path folder) {
    return find(folder, Split.ALL) != null;
  }

  static Dataset open(Path folder, Split split, DecodeLimits limits) {
    if (split == Split.ALL) {
      throw new DataException(
          "IDX files are opened by split; expected train, val or test, got all; name a split");
    }
    Path images = find(folder, split);
    if (images == null) {
      throw new DataException(
          folder
              + " has no "
              + split
              + " split; expected "
              + (split == Split.TRAIN ? "train" : "t10k")
              + "-images-idx3-ubyte, plain or .gz; add it or ask for the other split");
    }
    String name = fileName(images);
    Path labels = images.resolveSibling(name.replaceFirst("images([-._])idx3", "labels$1idx1"));
    if (!Files.exists(labels)) {
      throw new DataException(
          "the labels of " + images + " are missing; expected " + labels + "; add that file");
    }
    return read(split + " of " + folder, images, labels, limits);
  }

  private static String fileName(Path file) {
    return Optional.ofNullable(file.getFileName()).map(Path::toString).orElse("");
  }

  private static @Nullable Path find(Path folder, Split split) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              p -> {
                if (!Files.isRegularFile(p)) {
                  return false;
                }
                var m = IMAGES.matcher(fileName(p).toLowerCase(Locale.ROOT));
                return m.matches()
                    && (split == Split.ALL || m.group(2).equals("train") == (split == Split.TRAIN));
              })
          .sorted()
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      throw new DataException(
          "cannot list folder " + folder + ": " + IoReason.of(e) + "; expected a readable folder",
          e);
    }
  }

  private static DataInputStream input(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    return new DataInputStream(
        fileName(file).endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : in);
  }

  private static Dataset read(
      String description, Path images, Path labelFile, DecodeLimits limits) {
    try (DataInputStream in = input(images);
        DataInputStream labelIn = input(labelFile)) {
      int n = header(in, images, IMAGE_MAGIC);
      int h = in.readInt();
      int w = in.readInt();
      if (n < 1
          || h < 1
          || w < 1
          || (long) h * w > limits.maxPixels()
          || 3.0 * n * h * w > MOST_BYTES) {
        throw new DataException(
            images
                + " claims "
                + Decimals.count(n, "image")
                + " of "
                + w
                + "x"
                + h
                + "; expected at least one image of one pixel, within the size limit and 2 GiB as"
                + " RGB; check the file");
      }
      if (header(labelIn, labelFile, LABEL_MAGIC) != n) {
        throw new DataException(
            labelFile
                + " does not have the "
                + n
                + " labels that "
                + images
                + " needs; check both");
      }
      byte[] planes = exactly(in, n * h * w, images);
      byte[] labelBytes = exactly(labelIn, n, labelFile);
      int[] labels = new int[n];
      int most = 0;
      for (int i = 0; i < n; i++) {
        labels[i] = labelBytes[i] & 255;
        most = Math.max(most, labels[i]);
      }
      String name = fileName(images);
      PixelDataset.Labels about =
          new PixelDataset.Labels(
              description, classes(images, most + 1), labels, i -> name + "#" + i);
      return new PixelDataset(about, w, h, PixelDataset.interleave(planes, n, 1, h * w));
    } catch (IOException e) {
      throw new DataException(
          "cannot read "
              + images
              + " or its labels: "
              + IoReason.of(e)
              + "; expected intact IDX files; copy them again",
          e);
    }
  }

  private static int header(DataInputStream in, Path file, int magic) throws IOException {
    int got = in.readInt();
    if (got != magic) {
      throw new DataException(
          file
              + " starts with 0x"
              + Integer.toHexString(got)
              + "; expected the IDX magic 0x"
              + Integer.toHexString(magic)
              + "; check the file");
    }
    return in.readInt();
  }

  private static byte[] exactly(DataInputStream in, int length, Path file) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length || in.read() >= 0) {
      throw new DataException(
          file
              + " does not have the "
              + length
              + " bytes its header claims; expected an intact file; copy it again");
    }
    return bytes;
  }

  private static List<String> classes(Path images, int least) throws IOException {
    Path file = images.resolveSibling("classes.txt");
    if (!Files.exists(file)) {
      return IntStream.range(0, Math.max(2, least)).mapToObj(Integer::toString).toList();
    }
    List<String> names =
        Files.readAllLines(file).stream().map(String::strip).filter(s -> !s.isEmpty()).toList();
    if (names.size() < least) {
      throw new DataException(
          file
              + " names "
              + names.size()
              + " classes; expected at least "
              + least
              + ", as the labels need; add the missing names");
    }
    return names;
  }
}
