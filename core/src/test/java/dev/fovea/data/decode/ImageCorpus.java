package dev.fovea.data.decode;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The images that {@code make_image_corpus.py} made, and what Pillow made of them. */
final class ImageCorpus {
  private ImageCorpus() {}

  /** An image as it should come out. */
  record Expected(String kind, int width, int height, String sha256) {}

  private static Map<String, byte[]> entries() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (InputStream in = ImageCorpus.class.getResourceAsStream("/data/image-corpus.zip");
        ZipInputStream zip = new ZipInputStream(Objects.requireNonNull(in))) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        entries.put(e.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  static Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = entries();
    files.remove("corpus.csv");
    return files;
  }

  static byte[] file(String name) throws IOException {
    return Objects.requireNonNull(entries().get(name), name);
  }

  static Map<String, Expected> expected() throws IOException {
    byte[] csv = Objects.requireNonNull(entries().get("corpus.csv"));
    Map<String, Expected> rows = new LinkedHashMap<>();
    for (String line : new String(csv, StandardCharsets.UTF_8).split("\n")) {
      String[] f = line.split(",");
      rows.put(f[0], new Expected(f[1], Integer.parseInt(f[2]), Integer.parseInt(f[3]), f[4]));
    }
    return rows;
  }
}
