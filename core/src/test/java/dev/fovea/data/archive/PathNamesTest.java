package dev.fovea.data.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.TestImages;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names beyond ASCII, also in a JVM whose locale has none. */
class PathNamesTest {
  /** "kočka" and "míša" in octal digits of UTF-8, for a shell of any locale. */
  private static final String CAT = "ko\\304\\215ka";

  private static final String BEAR = "m\\303\\255\\305\\241a";

  @TempDir Path dir;

  /** Opens a folder and writes what it finds in ASCII. */
  static final class Lister {
    private Lister() {}

    /** Lists the folder that is named. */
    public static void main(String[] args) {
      DatasetOptions options = DatasetOptions.STANDARD.withMemoryBytes(0);
      try (Dataset set = Datasets.open(args[0], Split.ALL, options)) {
        for (int i = 0; i < set.size(); i++) {
          System.out.println(escaped(set.name(i)) + " " + set.image(i).width());
        }
        System.out.println(escaped(String.join(",", set.classes())));
        set.verifyUnchanged();
      } catch (DataException e) {
        System.out.println(escaped(String.valueOf(e.getMessage())));
      }
    }

    private static String escaped(String text) {
      StringBuilder out = new StringBuilder();
      text.chars()
          .forEach(c -> out.append(c < 127 ? "" + (char) c : "\\u" + Integer.toHexString(c)));
      return out.toString();
    }
  }

  private void shell(String command) throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("sh", "-c", command).directory(dir.toFile()).start().waitFor())
        .isZero();
  }

  private List<String> list(String locale, String pathInShell) throws Exception {
    ProcessBuilder b =
        new ProcessBuilder(
            "sh",
            "-c",
            "exec '"
                + Path.of(System.getProperty("java.home"), "bin", "java")
                + "' -XX:TieredStopAtLevel=1 -cp '"
                + System.getProperty("java.class.path")
                + "' '"
                + Lister.class.getName()
                + "' \"$(printf '"
                + pathInShell
                + "')\"");
    b.directory(dir.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD);
    b.environment().keySet().removeIf(k -> k.startsWith("LC_") || k.equals("LANG"));
    if (!locale.isEmpty()) {
      b.environment().put("LC_ALL", locale);
    }
    Process p = b.start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(p.waitFor()).as(out).isZero();
    return out.lines().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "C", "POSIX", "C.UTF-8"})
  void aFolderIsReadWithItsNamesInEveryLocale(String locale) throws Exception {
    TestImages.classes(dir.resolve("data"), 1, 4, "pes");
    TestImages.put(dir, "data/cat/1.png", TestImages.png(5, 4, 1));
    shell("cd data && mv cat/1.png \"cat/$(printf '" + BEAR + "').png\"");
    shell("cd data && mv cat \"$(printf '" + CAT + "')\"");

    assertThat(list(locale, "data"))
        .containsExactly("ko\\u10dka/m\\ued\\u161a.png 5", "pes/pes0000.png 4", "ko\\u10dka,pes");
  }

  @Test
  void aPathThatTheLocaleLostNamesTheCause() throws Exception {
    assertThat(list("C", CAT))
        .singleElement()
        .asString()
        .contains("file name encoding", "LC_ALL=C.UTF-8");
  }

  @Test
  void aPathThatIsNoneIsNamed() {
    assertThatThrownBy(() -> PathNames.parse("a\0b"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is not a path");
    assertThat(PathNames.parse("a/b")).isEqualTo(Path.of("a/b"));
  }
}
