package dev.fovea.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void numbersStandRightAndWordsLeft() {
    Table table =
        new Table("name", "n").row("a", "5").row("long name", "1,000").foot("total", "1,005");
    assertThat(table)
        .hasToString(
            """
            name           n
            a              5
            long name  1,000
            ----------------
            total      1,005
            """);
  }
}
