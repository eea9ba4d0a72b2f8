package dev.fovea.study.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.study.Study;
import dev.fovea.study.Verdict;
import dev.fovea.study.claims.Studies;
import dev.fovea.study.ledger.LedgerClaim.Coverage;
import dev.fovea.tensor.Shape;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

class LedgerTest {
  private static final StudyRecords NONE = new StudyRecords(List.of());

  // Lines are only ever added, so the first ones stay what they are.
  private static final StudyRecords FIRST_THIRTEEN =
      new StudyRecords(StudyRecords.bundled().all().subList(0, 13));

  private static <T extends Check> Stream<T> checks(Class<T> kind) {
    return Ledger.all().stream()
        .flatMap(c -> c.checks().stream())
        .filter(kind::isInstance)
        .map(kind::cast);
  }

  private static LedgerClaim claim(int number) {
    return Ledger.claim(number).orElseThrow();
  }

  @Test
  void fortyClaimsAreNumberedInOrder() {
    assertThat(Ledger.all())
        .extracting(LedgerClaim::number)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 40).boxed().toList());
    assertThat(Ledger.claim(41)).isEmpty();
    assertThat(Ledger.all()).extracting(LedgerClaim::statement).doesNotHaveDuplicates();
  }

  @Test
  void everyTestThatAClaimNamesIsThereAndRuns() throws ClassNotFoundException {
    for (Check.ByTest check : checks(Check.ByTest.class).toList()) {
      List<Method> methods =
          Arrays.stream(Class.forName(check.type()).getDeclaredMethods())
              .filter(m -> m.getName().equals(check.method()))
              .toList();
      assertThat(methods).as(check.toString()).hasSize(1);
      assertThat(
              methods.get(0).isAnnotationPresent(Test.class)
                  || methods.get(0).isAnnotationPresent(ParameterizedTest.class))
          .as(check.toString())
          .isTrue();
    }
    assertThat(checks(Check.ByTest.class)).isNotEmpty();
  }

  @Test
  void aStudyThatAClaimWaitsForIsPlannedAndNotYetThere() {
    assertThat(checks(Check.NotYet.class).map(Check.NotYet::study).filter(s -> !s.isEmpty()))
        .isSubsetOf(
            "bn-depth",
            "bn-init",
            "bn-tips",
            "principles",
            "shallow",
            "identity",
            "residual-as-inception",
            "auxiliary",
            "resolution",
            "depth-limits")
        .allMatch(s -> Studies.named(s).isEmpty(), "is not a study yet");
  }

  @Test
  void everyStudyServesAClaim() {
    assertThat(checks(Check.ByStudy.class).map(Check.ByStudy::study))
        .containsAll(Studies.all().stream().map(Study::name).toList());
  }

  @Test
  void aCheckCountsOnlyCriteriaThatItsStudyHas() {
    assertThatThrownBy(() -> new Check.ByStudy("", "degradation", List.of("speed")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("plain-depth-hurts");
    assertThatThrownBy(() -> new Check.ByStudy("", "degredation", List.of("speed")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no study 'degredation'");
    assertThatThrownBy(() -> new Check.ByStudy("", "degradation", List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void costsOfTheGraphsStandBesideThePapers() {
    assertThat(verdict(16)).isEqualTo(Verdict.REPRODUCED);
    assertThat(claim(16).figures(NONE).get(0).measured()).isCloseTo(28, within(1e-9));
    assertThat(verdict(17)).isEqualTo(Verdict.REPRODUCED);
    assertThat(claim(17).figures(NONE).get(0).measured()).isCloseTo(100 / 3.0, within(1e-9));
    assertThat(verdict(28)).isEqualTo(Verdict.REPRODUCED);
    // 11.28 of 15.47 and 19.63 billion; Table 1 and section 3.3 say 11.3 of 15.3 and 19.6.
    assertThat(claim(28).figures(NONE))
        .extracting(f -> Math.round(1000 * f.measured()))
        .containsExactly(729L, 575L);
    // Inception-v3 as released has 5.71 billion multiply-adds, Inception-v2 46 layers.
    assertThat(claim(10).figures(NONE)).extracting(Figure::holds).containsExactly(true, false);
    assertThat(verdict(21)).isEqualTo(Verdict.NOT_SEEN);
  }

  @Test
  void bnInceptionHasTheStructureOfItsPaperAndMoreParametersThanItSays() {
    assertThat(BnInceptionStructure.figures())
        .hasSize(10)
        .allSatisfy(f -> assertThat(f.holds()).as(f.toString()).isTrue());
    List<Figure> costs = StatedCosts.of(9);
    assertThat(costs).extracting(Figure::holds).containsExactly(true, false);
    assertThat(verdict(9)).isEqualTo(Verdict.PARTLY);
  }

  private static Verdict verdict(int claim) {
    return claim(claim).verdict(NONE).orElseThrow();
  }

  @Test
  void twoThreeByThreeKeepTheGridOfAFiveByFive() {
    GraphBuilder g = new GraphBuilder("both");
    Node x = g.input(Shape.of(16, 35, 35));
    Node five = g.conv("five", x, Op.Conv2d.of(16, Window.of(5, 5).pad(2, 2)));
    Op.Conv2d three = Op.Conv2d.of(16, Window.of(3, 3).pad(1, 1));
    Node threes = g.conv("second", g.relu("relu", g.conv("first", x, three)), three);
    assertThat(threes.shape()).isEqualTo(five.shape()).isEqualTo(x.shape());
  }

  /**
   * A 7x1 and a 1x7 with c channels throughout give kernels that, as matrices of 7c rows and 7c
   * columns, have rank c at most; by Eckart and Young the nearest such one leaves the other
   * singular values.
   */
  @Test
  void aColumnAndARowCannotRepresentEverySquareKernel() {
    Random random = new Random(1);
    int channels = 4;
    int side = 7 * channels;
    double[][] product = times(gaussian(random, side, channels), gaussian(random, channels, side));
    assertThat(remainder(product, channels)).isLessThan(1e-12);
    double mean =
        IntStream.range(0, 20)
            .mapToDouble(i -> remainder(gaussian(random, side, side), channels))
            .average()
            .orElseThrow();
    assertThat(mean).isBetween(0.4, 0.6);
  }

  /** The part of the sum of squares that the nearest matrix of this rank leaves. */
  private static double remainder(double[][] m, int rank) {
    double[][] transposed = transposed(m);
    double[][] rows = gaussian(new Random(2), rank, m.length);
    for (int i = 0; i < 200; i++) {
      rows = orthonormal(times(times(rows, m), transposed));
    }
    double left = squares(m) - squares(times(rows, m));
    return left / squares(m);
  }

  private static double[][] gaussian(Random random, int rows, int columns) {
    double[][] m = new double[rows][columns];
    for (double[] row : m) {
      Arrays.setAll(row, i -> random.nextGaussian());
    }
    return m;
  }

  private static double[][] times(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[][] transposed(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < m[0].length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }

  /** The rows by Gram and Schmidt. */
  private static double[][] orthonormal(double[][] rows) {
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < i; j++) {
        double dot = dot(rows[i], rows[j]);
        for (int k = 0; k < rows[i].length; k++) {
          rows[i][k] -= dot * rows[j][k];
        }
      }
      double length = Math.sqrt(dot(rows[i], rows[i]));
      for (int k = 0; k < rows[i].length; k++) {
        rows[i][k] /= length;
      }
    }
    return rows;
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  private static double squares(double[][] m) {
    return Arrays.stream(m).mapToDouble(r -> dot(r, r)).sum();
  }

  @Test
  void aClaimIsMeasuredOnlyByRunsThatHaveBeen() {
    assertThat(claim(3).coverage(NONE)).isEqualTo(Coverage.NONE);
    assertThat(claim(3).verdict(NONE)).isEmpty();
    assertThat(claim(1).coverage(StudyRecords.bundled())).isEqualTo(Coverage.NEEDS_RUNS);
    assertThat(claim(5).coverage(NONE)).isEqualTo(Coverage.NONE);
    assertThat(claim(5).coverage(StudyRecords.bundled())).isEqualTo(Coverage.WHOLE);
    assertThat(claim(40).coverage(NONE)).isEqualTo(Coverage.NONE);
    assertThat(claim(40).coverage(StudyRecords.bundled())).isEqualTo(Coverage.PART);
    assertThat(claim(3).coverage(StudyRecords.bundled())).isEqualTo(Coverage.WHOLE);
    assertThat(claim(8).coverage(NONE)).isEqualTo(Coverage.WHOLE);
    assertThat(claim(8).verdict(NONE)).contains(Verdict.REPRODUCED);
  }

  @Test
  void aClaimTakesFromAStudyWhatMeasuresItAndNoMore() {
    // Of the study's four criteria, one is about plain networks, and it holds.
    assertThat(claim(26).figures(FIRST_THIRTEEN)).hasSize(1);
    assertThat(claim(26).verdict(FIRST_THIRTEEN)).contains(Verdict.REPRODUCED);
    assertThat(claim(27).figures(FIRST_THIRTEEN))
        .extracting(Figure::holds)
        .containsExactly(false, true, true);
    assertThat(claim(27).verdict(FIRST_THIRTEEN)).contains(Verdict.PARTLY);
  }
}
