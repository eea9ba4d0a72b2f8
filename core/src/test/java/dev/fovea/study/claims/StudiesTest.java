package dev.fovea.study.claims;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.models.Models;
import dev.fovea.study.Arm;
import dev.fovea.study.Criterion;
import dev.fovea.study.Finding;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StudiesTest {
  static List<Study> all() {
    return Studies.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyStudyHasAClaimWithItsSourceAndARule(Study study) {
    assertThat(study.claim().source()).contains("arXiv");
    assertThat(study.criteria()).isNotEmpty();
    assertThat(study.criteria()).extracting(Criterion::name).doesNotHaveDuplicates();
    assertThat(study.setup(Scale.QUICK)).isNotEmpty();
    assertThat(Studies.named(study.name())).contains(study);
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyArmOfEveryScaleIsANetworkThatCanBeBuilt(Study study) {
    for (Scale scale : Scale.values()) {
      List<Arm> arms = study.arms(scale);
      assertThat(arms).extracting(Arm::name).doesNotHaveDuplicates();
      for (Arm arm : arms) {
        assertThat(Models.graph(arm.config().network().model(), 10).classes()).isEqualTo(10);
      }
    }
  }

  @Test
  void allCriteriaMustHoldToReproduceAndOneToReproduceInPart() {
    Finding yes = new Finding(Criterion.atLeast("a", 1, "", "", ""), 1);
    Finding no = new Finding(Criterion.atMost("b", 1, "", "", ""), 1.01);
    assertThat(Verdict.of(List.of(yes, yes))).isEqualTo(Verdict.REPRODUCED);
    assertThat(Verdict.of(List.of(yes, no))).isEqualTo(Verdict.PARTLY);
    assertThat(Verdict.of(List.of(no))).isEqualTo(Verdict.NOT_SEEN);
  }

  @Test
  void aNumberThatWasNotMeasuredKeepsNoBound() {
    assertThat(Criterion.atMost("a", 1, "", "", "").holds(Double.NaN)).isFalse();
    assertThat(Criterion.atLeast("a", 1, "", "", "").holds(Double.POSITIVE_INFINITY)).isFalse();
  }
}
