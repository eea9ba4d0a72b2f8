package dev.fovea.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrecisionTest {
  @ParameterizedTest
  @EnumSource(Precision.class)
  void everyFormatIsReadFromItsLabel(Precision p) {
    assertThat(Precision.parse(p.label())).isEqualTo(p);
  }

  @Test
  void labelsAreThoseThatFilesHold() {
    assertThat(Precision.F32.label()).isEqualTo("f32");
    assertThat(Precision.BF16.label()).isEqualTo("bf16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "auto", "", "fp16"})
  void anythingElseIsRefusedWithTheFormatsThereAre(String text) {
    assertThatThrownBy(() -> Precision.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("f32, bf16");
  }
}
