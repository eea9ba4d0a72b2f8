package dev.fovea.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The folder that {@code make_pictures.py} made: files of every kind in class folders. */
record PictureFiles(Path folder) {
  /** The kinds, smallest files first. */
  static final List<String> KINDS = List.of("small", "inet", "phone");

  /** As many of the largest files as fit into the memory of every side. */
  private static final int PHONES = 12;

  private static final int OTHERS = 200;

  /** All files of a kind in the order of their numbers, which is random in the classes. */
  List<Path> of(String kind) {
    Path own = folder.resolve(kind);
    if (!Files.isDirectory(own)) {
      throw new BenchException(
          "there is no folder "
              + own
              + ", expected the files of bench/data; make them with: python"
              + " bench/python/make_pictures.py imagenette-mini.zip "
              + folder);
    }
    try (Stream<Path> files = Files.walk(own)) {
      return files
          .filter(file -> file.toString().endsWith(".jpg"))
          .sorted(Comparator.comparing(file -> String.valueOf(file.getFileName())))
          .toList();
    } catch (IOException e) {
      throw new BenchException("cannot list " + own + ": " + e.getMessage(), e);
    }
  }

  /** The first files of a kind. */
  List<Path> of(String kind, int count) {
    List<Path> all = of(kind);
    if (all.size() < count) {
      throw new BenchException(
          folder.resolve(kind)
              + " has "
              + all.size()
              + " files, expected at least "
              + count
              + "; make them with bench/python/make_pictures.py");
    }
    return all.subList(0, count);
  }

  /** The encoded files that are worked on in memory, the same on every side. */
  List<byte[]> encoded(String kind) {
    try {
      List<Path> files = of(kind);
      List<byte[]> encoded = new ArrayList<>();
      int most = kind.equals("phone") ? PHONES : OTHERS;
      for (Path file : files.subList(0, Math.min(most, files.size()))) {
        encoded.add(Files.readAllBytes(file));
      }
      return encoded;
    } catch (IOException e) {
      throw new BenchException("cannot read the files in " + folder + ": " + e.getMessage(), e);
    }
  }
}
