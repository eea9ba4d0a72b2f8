package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartValueTest {
  @ParameterizedTest
  @ValueSource(strings = {"layer1=0.1", "*.bias=8", "head=0", "layer4.0.bn1=1.0E-4", "a=1.0E15"})
  void itsTextIsWhatItWasReadFrom(String text) {
    assertThat(PartValue.parse(text)).hasToString(text);
    assertThat(PartValue.parse(PartValue.parse(text).toString())).isEqualTo(PartValue.parse(text));
  }

  @Test
  void otherSpellingsOfANumberAreTheSameValue() {
    assertThat(PartValue.parse("fc=1e-1"))
        .isEqualTo(new PartValue("fc", 0.1))
        .hasToString("fc=0.1");
    assertThat(PartValue.parse("fc=2.0")).hasToString("fc=2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conv1", "conv1=", "=1", "a=-1", "a=1e999", "a=x", "a=1=2", "a b=1", "a=1e", "a=."
      })
  void anythingElseIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> PartValue.parse(text))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'" + text)
        .hasMessageContaining("layer1=0.1");
  }
}
