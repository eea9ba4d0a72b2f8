package dev.fovea.data.decode;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.decode.ImageCorpus.Expected;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * More than 500 small images of every kind that is met, made by {@code make_image_corpus.py},
 * against the pixels of Debian's Pillow 9.4. The table in docs/images.md says the same by kind.
 */
class ImageCorpusTest {
  /** What is refused, by the beginning of the kind, and what the message says. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "jpeg arithmetic", "only 8-bit baseline and progressive JPEG are supported",
          "tiff lzma", "LZMA compression is not supported",
          "tiff zstd", "Zstandard compression is not supported",
          "tiff webp", "WebP compression is not supported",
          "tiff float", "floating-point samples is not supported",
          "tiff int32", "signed samples is not supported",
          "tiff Lab", "Lab colors is not supported");

  @Test
  void everyImageEqualsPillowsByteForByteOrIsRefusedByName() throws IOException {
    Map<String, byte[]> files = ImageCorpus.files();
    Map<String, Expected> expected = ImageCorpus.expected();
    assertThat(files.keySet()).isEqualTo(expected.keySet());
    assertThat(expected).hasSizeGreaterThan(400);

    Map<String, String> wrong = new TreeMap<>();
    expected.forEach(
        (name, e) -> {
          String outcome = outcome(Objects.requireNonNull(files.get(name)), name, e);
          if (!outcome.isEmpty()) {
            wrong.put(e.kind() + ": " + name, outcome);
          }
        });
    assertThat(wrong).isEmpty();
  }

  /** Empty where the image is as expected. */
  private static String outcome(byte[] file, String name, Expected e) {
    String refusal =
        REFUSED.entrySet().stream()
            .filter(r -> e.kind().startsWith(r.getKey()))
            .map(Map.Entry::getValue)
            .findAny()
            .orElse("");
    try {
      Image image = ImageDecoder.decode(file, name);
      if (!refusal.isEmpty()) {
        return "was read; expected a refusal that says '" + refusal + "'";
      }
      if (image.width() != e.width() || image.height() != e.height()) {
        return image.width() + "x" + image.height() + ", Pillow " + e.width() + "x" + e.height();
      }
      return sha256(image.rgb()).equals(e.sha256()) ? "" : "other pixels";
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
}
