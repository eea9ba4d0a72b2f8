package dev.fovea.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/**
 * More than 500 small images of every kind that is met, made by {@code make_image_corpus.py},
 * against the pixels of Debian's Pillow 9.4. The table in docs/images.md says the same by kind.
 */
class ImageCorpusTest {
  /** What is refused, by the beginning of the kind, and what the message says. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "jpeg arithmetic", "only baseline and progressive JPEG of 8 bits are supported",
          "tiff lzma", "LZMA compression is not supported",
          "tiff zstd", "Zstandard compression is not supported",
          "tiff webp", "WebP compression is not supported",
          "tiff float", "floating-point samples is not supported",
          "tiff int32", "signed samples is not supported",
          "tiff Lab", "Lab colors is not supported");

  private record Expected(String kind, int width, int height, String sha256) {}

  @Test
  void everyImageEqualsPillowsByteForByteOrIsRefusedByName() throws IOException {
    Map<String, byte[]> files = corpus();
    Map<String, Expected> expected = expected(files.remove("corpus.csv"));
    assertThat(files.keySet()).isEqualTo(expected.keySet());
    assertThat(expected).hasSizeGreaterThan(400);

    Map<String, String> wrong = new TreeMap<>();
    expected.forEach(
        (name, e) -> {
          String outcome = outcome(files.get(name), name, e);
          if (!outcome.isEmpty()) {
            wrong.put(e.kind + ": " + name, outcome);
          }
        });
    assertThat(wrong).isEmpty();
  }

  /** Empty where the image is as expected. */
  private static String outcome(byte[] file, String name, Expected e) {
    String refusal =
        REFUSED.entrySet().stream()
            .filter(r -> e.kind.startsWith(r.getKey()))
            .map(Map.Entry::getValue)
            .findAny()
            .orElse("");
    try {
      Image image = ImageDecoder.decode(file, name);
      if (!refusal.isEmpty()) {
        return "was read; expected a refusal that says '" + refusal + "'";
      }
      if (image.width() != e.width || image.height() != e.height) {
        return image.width() + "x" + image.height() + ", Pillow " + e.width + "x" + e.height;
      }
      return sha256(image.rgb()).equals(e.sha256) ? "" : "other pixels";
    } catch (DataException x) {
      String message = String.valueOf(x.getMessage());
      return !refusal.isEmpty() && message.contains(refusal) && message.contains(name)
          ? ""
          : "refused: " + message;
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, byte[]> corpus() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (InputStream in = ImageCorpusTest.class.getResourceAsStream("/data/image-corpus.zip");
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        files.put(e.getName(), zip.readAllBytes());
      }
    }
    return files;
  }

  private static Map<String, Expected> expected(byte[] csv) {
    Map<String, Expected> rows = new LinkedHashMap<>();
    for (String line : new String(csv, StandardCharsets.UTF_8).split("\n")) {
      String[] f = line.split(",");
      rows.put(
          f[0], new Expected(f[1], Integer.parseInt(f[2]), Integer.parseInt(f[3]), f[4]));
    }
    return rows;
  }
}
