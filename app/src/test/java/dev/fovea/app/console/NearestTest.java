package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
  private static final List<String> NAMES = List.of("--epochs", "--batch", "--lr", "--max-time");

  @Test
  void swappedLettersCostOne() {
    assertThat(Nearest.distance("bacth", "batch")).isEqualTo(1);
    assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
  }

  @Test
  void beginningsAndTyposAreFound() {
    assertThat(Nearest.to("--epoch", NAMES)).containsExactly("--epochs");
    assertThat(Nearest.to("--maxtime", NAMES)).containsExactly("--max-time");
    assertThat(Nearest.to("--BATCH", NAMES)).containsExactly("--batch");
  }

  @Test
  void nothingSimilarGivesNoQuestion() {
    assertThat(Nearest.question("--zzz", NAMES)).isEmpty();
  }
}
