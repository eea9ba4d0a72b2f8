package dev.fovea.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.Op;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The table is complete. */
class GradientRulesTest {

  @Test
  void everyOperationHasARule() {
    assertThat(Op.class.getPermittedSubclasses())
        .hasSizeGreaterThanOrEqualTo(21)
        .allSatisfy(op -> assertThat(GradientRules.of(op.asSubclass(Op.class))).isNotNull());
  }

  @Test
  void operationsAreRecordsSoThatEqualOnesCompareEqual() {
    assertThat(Arrays.stream(Op.class.getPermittedSubclasses())).allMatch(Class::isRecord);
  }

  @Test
  void aMissingRowIsNamed() {
    assertThatThrownBy(() -> GradientRules.of(Op.class))
        .hasMessageContaining("Op has no gradient rule");
  }
}
