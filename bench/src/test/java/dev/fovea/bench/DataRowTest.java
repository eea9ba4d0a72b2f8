package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DataRowTest {
  @Test
  void rowsAreNamedByTheirWordsAndAllAreMeasuredWithoutAny() {
    assertThat(DataRow.named(new String[] {"crop", "train-bf16"}))
        .extracting(DataRow::word)
        .containsExactly("crop", "train-bf16");
    assertThat(DataRow.named(new String[0])).isEqualTo(DataRow.ALL);
  }

  @Test
  void anUnknownRowIsRefusedWithTheNamesOfAll() {
    assertThatThrownBy(() -> DataRow.named("cut"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no row 'cut'")
        .hasMessageContaining("predict-phone-bf16");
  }

  @Test
  void theHelpNamesEveryRow() {
    String help = new CommandLine(new CompareData()).getUsageMessage().replaceAll("[\\s,]+", " ");
    assertThat(Arrays.asList(help.split(" ")))
        .containsAll(DataRow.ALL.stream().map(DataRow::word).toList());
  }
}
