package dev.fovea.app.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What the test of the guides lets pass, and what not. */
class ShownOutputTest {

  private static boolean shows(boolean numbersDiffer, String shown, String real) {
    return new ShownOutput(shown.lines().toList(), numbersDiffer).shows(real.lines().toList());
  }

  @Test
  void everyLineMustBeThereUnlessItIsMarkedAsLeftOut() {
    assertThat(shows(false, "a\nb", "a\nb")).isTrue();
    assertThat(shows(false, "a", "a\nb")).isFalse();
    assertThat(shows(false, "a\nb", "a")).isFalse();
    assertThat(shows(false, "b\na", "a\nb")).isFalse();
    assertThat(shows(false, "", "a")).isFalse();
    assertThat(shows(false, "a\n…\nd", "a\nb\nc\nd")).isTrue();
    assertThat(shows(false, "a\n…\nd", "a\nd")).isTrue();
    assertThat(shows(false, "a\n…\nd", "a\nb\nc")).isFalse();
    assertThat(shows(false, "a\n…\nc\n…", "a\nb\nd")).isFalse();
  }

  @Test
  void withinALineOnlyWhatIsMarkedMayDiffer() {
    assertThat(shows(false, "ring … %", "ring 93 %")).isTrue();
    assertThat(shows(false, "ring … %", "star 93 %")).isFalse();
    assertThat(shows(false, "ring 93 %", "ring 94 %")).isFalse();
    assertThat(shows(false, "a+ (b)", "a+ (b)")).isTrue();
    assertThat(shows(false, "a.b", "axb")).isFalse();
  }

  @Test
  void numbersMayDifferWhereTheGuideSaysSoButNotTheirPlaces() {
    assertThat(shows(true, "1  0.25 %  1m02s", "12   0.5 %   7s")).isTrue();
    assertThat(shows(true, "a  b\n----", "a    b\n---------")).isTrue();
    assertThat(shows(true, "resnet18,…", "resnet18,25.0,75.0")).isTrue();
    assertThat(shows(true, "1,000", "20")).isTrue();
    assertThat(shows(true, "1  0.25 %", "1  %")).isFalse();
    assertThat(shows(true, "images 400", "image 400")).isFalse();
    assertThat(shows(false, "images 400", "images 40")).isFalse();
  }

  @Test
  void aBlockIsItsCommandsWithTheirOutput() {
    List<GuideBlock> blocks =
        GuideBlock.of(
            "x.md",
            """
            text
            <!-- test: exit code 1 -->
            ```console
            $ a \\
              b
            out
            $ c
            ```
            ```java
            ```
            """);
    assertThat(blocks).hasSize(2);
    assertThat(blocks.get(0).exitCode()).isEqualTo(1);
    assertThat(blocks.get(0).steps())
        .containsExactly(
            new GuideBlock.Step("a \\\n  b", List.of("out")), new GuideBlock.Step("c", List.of()));
    assertThat(blocks.get(1).exitCode()).isZero();
  }

  @Test
  void remarksThatTheTestDoesNotKnowAreRefused() {
    assertThatThrownBy(() -> GuideBlock.of("x.md", "<!-- test: skip -->\n```console\n$ a\n```\n"))
        .hasMessageContaining("knows no remark 'skip'");
    assertThatThrownBy(() -> GuideBlock.of("x.md", "<!-- test: exit code 1 -->\ntext\n"))
        .hasMessageContaining("a remark without a block");
    assertThatThrownBy(() -> GuideBlock.of("x.md", "```console\n$ a\n"))
        .hasMessageContaining("has no end");
  }
}
