package dev.fovea.data.jpeg;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The JPEGs that {@code make_jpeg_corpus.py} made, and what Pillow made of them. */
final class JpegCorpus {
  private JpegCorpus() {}

  /** An image as it should come out; the hash has 16 digits of SHA-256. */
  record Expected(String name, int shrink, int width, int height, String hash) {}

  static Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (InputStream in = JpegCorpus.class.getResourceAsStream("/data/jpeg-corpus.zip");
        ZipInputStream zip = new ZipInputStream(Objects.requireNonNull(in))) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        entries.put(e.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  static List<Expected> expected(Map<String, byte[]> files) {
    List<Expected> rows = new ArrayList<>();
    String csv =
        new String(Objects.requireNonNull(files.get("corpus.csv")), StandardCharsets.UTF_8);
    for (String line : csv.split("\n")) {
      String[] f = line.split(",");
      rows.add(
          new Expected(
              f[0], Integer.parseInt(f[1]), Integer.parseInt(f[2]), Integer.parseInt(f[3]), f[4]));
    }
    return rows;
  }
}
