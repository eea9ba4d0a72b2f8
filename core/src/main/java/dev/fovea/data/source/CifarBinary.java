package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the "binary version" of CIFAR-10 and CIFAR-100: records of one label (CIFAR-10) or a coarse
 * and a fine label (CIFAR-100), followed by 3,072 bytes of red, green and blue planes. Source:
 * https://www.cs.toronto.edu/~kriz/cifar.html.
 */
final class CifarBinary {
  private static final int SIDE = 32;
  private static final int PIXELS = SIDE * SIDE * 3;

  private CifarBinary() {}

  /** Whether the folder contains CIFAR files. */
  static boolean isHere(Path folder) {
    return Files.exists(folder.resolve("data_batch_1.bin"))
        || Files.exists(folder.resolve("test_batch.bin"))
        || Files.exists(folder.resolve("fine_label_names.txt"));
  }

  static Dataset open(Path folder, Split split) {
    boolean hundred = Files.exists(folder.resolve("fine_label_names.txt"));
    List<Path> files = new ArrayList<>();
    if (split == Split.TRAIN || split == Split.ALL) {
      if (hundred) {
        files.add(folder.resolve("train.bin"));
      } else {
        for (int i = 1; i <= 5; i++) {
          files.add(folder.resolve("data_batch_" + i + ".bin"));
        }
      }
    }
    if (split != Split.TRAIN) {
      files.add(folder.resolve(hundred ? "test.bin" : "test_batch.bin"));
    }
    List<String> classes =
        classes(folder.resolve(hundred ? "fine_label_names.txt" : "batches.meta.txt"), hundred);
    return read(split + " of " + folder, files, hundred ? 2 : 1, classes);
  }

  private static List<String> classes(Path file, boolean hundred) {
    int wanted = hundred ? 100 : 10;
    if (!hundred && !Files.exists(file)) {
      return List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");
    }
    try {
      List<String> names =
          Files.readAllLines(file).stream().map(String::strip).filter(s -> !s.isEmpty()).toList();
      if (names.size() != wanted) {
        throw new DataException(
            file + " names " + names.size() + " classes; expected " + wanted + "; copy it again");
      }
      return names;
    } catch (IOException e) {
      throw new DataException(
          "cannot read " + file + ": " + IoReason.of(e) + "; expected one class name per line", e);
    }
  }

  private static Dataset read(
      String description, List<Path> files, int labelBytes, List<String> classes) {
    int record = labelBytes + PIXELS;
    List<byte[]> parts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    int[] ends = new int[files.size()];
    int count = 0;
    for (Path file : files) {
      byte[] bytes = bytes(file, record);
      parts.add(bytes);
      names.add(Optional.ofNullable(file.getFileName()).orElse(file).toString());
      count += bytes.length / record;
      ends[names.size() - 1] = count;
    }
    int[] labels = new int[count];
    byte[] planes = new byte[count * PIXELS];
    int i = 0;
    for (byte[] bytes : parts) {
      for (int at = 0; at < bytes.length; at += record, i++) {
        labels[i] = bytes[at + labelBytes - 1] & 255;
        if (labels[i] >= classes.size()) {
          throw new DataException(
              description
                  + ": record "
                  + i
                  + " has label "
                  + labels[i]
                  + "; expected 0.."
                  + (classes.size() - 1)
                  + "; copy the files again");
        }
        System.arraycopy(bytes, at + labelBytes, planes, i * PIXELS, PIXELS);
      }
    }
    PixelDataset.Labels about =
        new PixelDataset.Labels(description, classes, labels, k -> name(k, names, ends));
    return new PixelDataset(
        about, SIDE, SIDE, PixelDataset.interleave(planes, count, 3, SIDE * SIDE));
  }

  private static byte[] bytes(Path file, int record) {
    try {
      long size = Files.size(file);
      if (size == 0 || size % record != 0 || size > 1L << 30) {
        throw new DataException(
            file
                + " is "
                + size
                + " bytes long; expected a multiple of "
                + record
                + " bytes; copy it again");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new DataException(
          "cannot read "
              + file
              + ": "
              + IoReason.of(e)
              + "; expected all files of the CIFAR binary version; copy them again",
          e);
    }
  }

  private static String name(int i, List<String> files, int[] ends) {
    int f = 0;
    while (i >= ends[f]) {
      f++;
    }
    return files.get(f) + "#" + (i - (f == 0 ? 0 : ends[f - 1]));
  }
}
