package dev.fovea.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.optim.LearningRate;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.TrainingLength;
import dev.fovea.optim.WarmUp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecordTreeTest {
  enum Colour {
    RED,
    BLUE
  }

  record Inner(double x, List<Long> numbers) {}

  record Outer(
      String text,
      int n,
      boolean flag,
      Colour colour,
      Inner inner,
      Map<String, Double> named,
      Optional<Colour> chosen,
      Optional<Colour> open,
      Optional<Inner> there,
      Optional<Inner> absent,
      TrainingLength span,
      LearningRate rate) {}

  private static final Outer SAMPLE =
      new Outer(
          "ä",
          3,
          true,
          Colour.BLUE,
          new Inner(0.1, List.of(1L, 1L << 40)),
          Map.of("a", 1e-300),
          Optional.of(Colour.RED),
          Optional.empty(),
          Optional.of(new Inner(2, List.of())),
          Optional.empty(),
          TrainingLength.parse("5epochs"),
          new LearningRate(
              0.1,
              new Schedule.MultiStep(List.of(TrainingLength.steps(3)), 0.1),
              WarmUp.linear(TrainingLength.epochs(1), 0.5)));

  @Test
  void aRecordSurvivesTheWayThroughText() {
    String text = JsonTree.pretty(RecordTree.of(SAMPLE));
    assertThat(RecordTree.read(Outer.class, JsonTree.parse(text, "t"), "t")).isEqualTo(SAMPLE);
    assertThat(JsonTree.compact(JsonTree.parse(text, "t")))
        .isEqualTo(JsonTree.compact(RecordTree.of(SAMPLE)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "\"n\":3               | \"n\":\"3\"        | n: expected a whole number",
        "\"n\":3               | \"n\":3000000000   | n: expected a whole number below 2^31",
        "\"n\":3               | \"m\":3            | unknown key 'm'",
        "\"flag\":true,        | ^^                 | 'flag' is missing",
        "\"flag\":true         | \"flag\":null      | null has no meaning",
        "\"n\":3               | \"n\":3,\"n\":4    | Duplicate",
        "blue                  | green              | red, blue",
        "5epochs               | 5weeks             | not a training length",
        "multi-step            | many-step          | many-step",
      })
  void aWrongValueNamesItsKey(String old, String changed, String reason) {
    String text = JsonTree.compact(RecordTree.of(SAMPLE));
    assertThat(text).contains(old);
    String broken = text.replace(old, changed);
    assertThatThrownBy(
            () -> RecordTree.read(Outer.class, JsonTree.parse(broken, "file x"), "file x"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("file x")
        .hasMessageContaining(reason);
  }

  @Test
  void deepNestingIsRefused() {
    assertThatThrownBy(() -> JsonTree.parse("{\"a\":" + "[".repeat(100_000), "file x"))
        .isInstanceOf(CheckpointException.class);
  }
}
