package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static final ProgressLine LINE =
      new ProgressLine(
          "epoch 3/30",
          "3/30",
          0.1,
          List.of("loss 0.8312", "2,310 img/s", "step 1,172/11,730", "lr 0.0325"),
          Duration.ofSeconds(432));

  @Test
  void aWideScreenShowsEverything() {
    assertThat(LINE.fit(120, true))
        .startsWith("epoch 3/30  ━━━───")
        .endsWith("loss 0.8312  2,310 img/s  step 1,172/11,730  lr 0.0325  7m12s left");
  }

  @Test
  void noWidthIsEverReached() {
    for (int columns = 1; columns < 160; columns++) {
      assertThat(LINE.fit(columns, true).length())
          .as("at %d columns", columns)
          .isLessThan(Math.max(2, columns));
    }
  }

  @Test
  void narrowScreensLoseTheLeastImportantFirst() {
    assertThat(LINE.fit(60, true))
        .contains("loss 0.8312", "7m12s left")
        .doesNotContain("lr 0.0325");
    assertThat(LINE.fit(16, true)).isEqualTo("3/30 7m12s");
  }

  @Test
  void withoutUnicodeTheBarIsAscii() {
    assertThat(LINE.fit(80, false)).containsPattern("\\[#+-+]").matches("\\p{ASCII}+");
  }

  @Test
  void logsGetNoBar() {
    assertThat(LINE.plain())
        .isEqualTo(
            "epoch 3/30  loss 0.8312  2,310 img/s  step 1,172/11,730  lr 0.0325  7m12s left");
  }
}
