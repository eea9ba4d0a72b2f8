package dev.fovea.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.program.Precision;
import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Finding;
import dev.fovea.study.Plan;
import dev.fovea.study.Question;
import dev.fovea.study.Scale;
import dev.fovea.study.Setting;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.StudyResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StudyPageTest {
  private static final Conclusion ANSWERED =
      new Conclusion(Map.of(), List.of(), List.of(), List.of(), List.of("a is b & more."));

  private static String measured(Criterion criterion, double value) {
    return StudyPage.measured(new Finding(criterion, value));
  }

  @Test
  void aNumberNextToItsLimitHasDecimalsThatTellTheSide() {
    Criterion atLeast = Criterion.atLeast("drift", 1.5, "times", "", "");
    assertThat(measured(atLeast, 1.4996)).isEqualTo("1.4996 times");
    assertThat(measured(atLeast, 1.497)).isEqualTo("1.497 times");
    assertThat(measured(atLeast, 1.5)).isEqualTo("1.50 times");
    assertThat(measured(atLeast, 1.234)).isEqualTo("1.23 times");
    assertThat(measured(Criterion.atMost("steps", 0.25, "", "", ""), 0.2504)).isEqualTo("0.2504");
  }

  /** A study of no networks that asks one question beside its claim. */
  private static final class Asking implements Study {
    @Override
    public String name() {
      return "asking";
    }

    @Override
    public Claim claim() {
      return new Claim("Asking", "Nothing.", "nobody, arXiv 0");
    }

    @Override
    public List<String> setup(Scale scale) {
      return List.of();
    }

    @Override
    public List<Criterion> criteria() {
      return List.of();
    }

    @Override
    public List<Question> secondaryQuestions() {
      return List.of(new Question("Is a < b?", "Yes, if a is less."));
    }

    @Override
    public List<Arm> arms(Scale scale) {
      return List.of();
    }

    @Override
    public Conclusion conclude(StudyData data) {
      return ANSWERED;
    }
  }

  @Test
  void anAnswerBesideTheClaimHasASectionOfItsOwnWithItsRule() {
    Study study = new Asking();
    Setting setting =
        new Setting(
            Scale.QUICK, "shapes", 1, Duration.ofMinutes(1), Path.of("nowhere"), Precision.F32, 1);
    StudyResult result =
        new StudyResult(
            study, setting, new Plan(0, 1, 1, 0), List.of(), ANSWERED, List.of(), 1, Instant.EPOCH);
    assertThat(StudyPage.html(result, List.of()))
        .contains(
            "<h2>Is a &lt; b?</h2>\n<p>a is b &amp; more.</p>\n"
                + "<p class=\"note\">Yes, if a is less. This rule was fixed before the run; the"
                + " answer does not count for the verdict.</p>");
  }

  @Test
  void whatTheRunsDidNotGiveHasNoValue() {
    Criterion atLeast = Criterion.atLeast("gain", 1, "points", "", "");
    assertThat(measured(atLeast, Double.NaN)).isEqualTo("no value");
    assertThat(measured(atLeast, -15)).isEqualTo("-15 points");
  }
}
