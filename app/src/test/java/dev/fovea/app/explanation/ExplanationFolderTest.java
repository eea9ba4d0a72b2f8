package dev.fovea.app.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.app.console.UsageException;
import dev.fovea.app.report.ExplainReport;
import dev.fovea.app.report.ExplainReport.Explained;
import dev.fovea.app.report.ExplainReport.Picture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class ExplanationFolderTest {
  @TempDir private Path temporary;

  private static ExplainReport report() {
    return new ExplainReport("title", List.of(), List.of(), List.of(), List.of());
  }

  private static Explained image(String name) {
    Picture none = new Picture(new byte[1], "image/png", false);
    return new Explained(name, "why?", none, List.of(), List.of(), List.of(), List.of());
  }

  private ExplanationFolder folder(Path wanted) throws IOException {
    return ExplanationFolder.create(wanted, Path.of("x"), ExplanationFolderTest::report);
  }

  @Test
  void aFolderWithContentIsRefusedAndAnEmptyOneUsed() throws IOException {
    Path full = Files.createDirectories(temporary.resolve("full"));
    Files.writeString(full.resolve("mine.txt"), "mine");
    assertThatThrownBy(() -> folder(full))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is not empty; choose another name");
    assertThatThrownBy(() -> folder(full.resolve("mine.txt")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is a file; name a folder");
    Path empty = Files.createDirectories(temporary.resolve("empty"));
    assertThat(folder(empty).path()).isEqualTo(empty);
    assertThat(folder(temporary.resolve("a/b/c")).path()).isDirectory();
  }

  @Test
  void namesOfFilesAreHarmlessAndNeverTheSame() throws IOException {
    ExplanationFolder f = folder(temporary.resolve("f"));
    assertThat(f.place("x/cat.jpg")).isEqualTo("cat");
    assertThat(f.place("y/CAT.png")).isEqualTo("CAT-2");
    assertThat(f.place("z.zip/cat-2.png")).isEqualTo("cat-2-2");
    assertThat(f.place("a/Käse & <b>\"\n.jpg")).isEqualTo("Käse____b___");
    assertThat(f.place("...jpg")).isEqualTo("image__");
    assertThat(f.place(".jpg")).isEqualTo("image_jpg");
    assertThat(f.place("cat.grad-cam.png")).isEqualTo("cat_grad-cam");
    assertThat(f.place("ü".repeat(200) + ".jpg").getBytes(StandardCharsets.UTF_8)).hasSize(160);
  }

  @Test
  void pagesHoldFiftyImagesAndAreValidWhileImagesAreAdded() throws IOException {
    ExplanationFolder f = folder(temporary.resolve("f"));
    f.add(image("image 1"));
    assertThat(f.index()).content().contains("image 1", "</html>").doesNotContain("<nav");
    for (int i = 2; i <= 101; i++) {
      f.add(image("image " + i + "."));
    }
    f.finish();
    assertThat(f.index())
        .content()
        .contains("image 1", "image 50.", "href=\"page-2.html\"", "href=\"page-3.html\"")
        .doesNotContain("image 51.");
    assertThat(f.path().resolve("page-2.html"))
        .content()
        .contains("image 51.", "image 100.", "href=\"index.html\"", "href=\"page-3.html\"");
    assertThat(f.path().resolve("page-3.html"))
        .content()
        .contains("image 101.", "href=\"page-2.html\"")
        .doesNotContain("page-4");
  }

  @Test
  void pagesLeadOnWhileImagesAreAddedSlowly() throws IOException {
    ExplanationFolder f =
        ExplanationFolder.create(
            temporary.resolve("slow"), Path.of("x"), ExplanationFolderTest::report, Duration.ZERO);
    for (int i = 1; i <= 151; i++) {
      f.add(image("image " + i + "."));
    }
    for (String page : List.of("index.html", "page-2.html")) {
      assertThat(f.path().resolve(page)).content().contains("href=\"page-");
    }
    f.finish();
    assertThat(f.path().resolve("page-2.html")).content().contains("href=\"page-3.html\"");
    assertThat(f.path().resolve("page-3.html")).content().contains("href=\"page-4.html\"");
  }

  @Test
  void aFolderOfTheUserStaysIfNothingWasWritten() throws IOException {
    Path mine = Files.createDirectories(temporary.resolve("mine"));
    folder(mine).finish();
    assertThat(mine).isEmptyDirectory();
  }

  @Test
  void aFolderToWhichNothingWasWrittenIsRemoved() throws IOException {
    ExplanationFolder f = folder(temporary.resolve("f"));
    f.addLine("{}");
    f.finish();
    assertThat(f.path()).doesNotExist();
  }
}
