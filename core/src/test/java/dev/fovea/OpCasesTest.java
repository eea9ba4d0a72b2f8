package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.OpCases.OpCase;
import dev.fovea.graph.Op;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table covers every operation, and every line can be built. */
class OpCasesTest {

  @Test
  void everyOperationButTheInputStandsInTheTable() {
    Set<String> kinds = OpCases.all().stream().map(OpCase::kind).collect(Collectors.toSet());
    List<String> operations =
        Arrays.stream(Op.class.getPermittedSubclasses())
            .filter(op -> op != Op.Input.class)
            .map(Class::getSimpleName)
            .toList();
    assertThat(operations).hasSizeGreaterThanOrEqualTo(20);
    assertThat(kinds).containsAll(operations);
  }

  @Test
  void everyLineBuildsAGraphWhoseOperationIsTheOneItNames() {
    for (OpCase c : OpCases.all()) {
      var graph = c.graph();
      assertThat(graph.classes()).as(c.line()).isEqualTo(5);
      if (c.isOperation()) {
        assertThat(graph.nodes())
            .as(c.line())
            .anyMatch(n -> n.name().equals("op") && n.op().label().equals(c.kind()));
      }
    }
  }

  @Test
  void noLineStandsTwice() {
    assertThat(OpCases.all().stream().map(OpCase::line)).doesNotHaveDuplicates();
  }

  @Test
  void aLineWithAnUnknownOperationIsRefused() {
    assertThatThrownBy(() -> OpCases.parse("Convolve n=1 in=1x1x1").graph())
        .hasMessageContaining("Convolve");
  }
}
