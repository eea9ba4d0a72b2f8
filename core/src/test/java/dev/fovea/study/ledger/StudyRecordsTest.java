package dev.fovea.study.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.study.Criterion;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.claims.Studies;
import dev.fovea.study.ledger.StudyRecord.Measured;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class StudyRecordsTest {
  private static final String RESULT =
      """
      {
        "study" : "bn-shift", "verdict" : "partly",
        "criteria" : [
          {"name" : "drift", "statement" : "s", "paper" : "p", "bound" : "at_least",
           "limit" : 1.5, "unit" : "times", "measured" : 2.625, "holds" : true},
          {"name" : "accuracy", "statement" : "s", "paper" : "p", "bound" : "at_least",
           "limit" : 0.0, "unit" : "points", "holds" : false}
        ],
        "secondary" : [], "scale" : "quick", "data" : "/somewhere/else/cifar10.zip",
        "precision" : "f32", "convolution" : "auto", "threads" : 2, "machine" : "a CPU",
        "finished" : "2026-11-28T23:10:00Z",
        "plan" : {"epochs" : 4, "fraction" : 0.25, "seeds" : 2, "seconds" : 600.0},
        "seconds" : 612.5,
        "runs" : [
          {"arm" : "plain", "seed" : 0, "classes" : 10, "diverged" : true, "epochs" : [],
           "images_per_second" : 0.0, "observed" : []},
          {"arm" : "plain", "seed" : 1, "classes" : 10, "diverged" : true, "epochs" : [],
           "images_per_second" : 0.0, "observed" : []}
        ],
        "plots" : [], "tables" : [], "notes" : ["a caveat"]
      }
      """;

  @TempDir Path folder;

  private static StudyRecord record(Scale scale, String date, double drift) {
    return new StudyRecord(
        "bn-shift",
        scale,
        "cifar10.zip",
        date,
        "",
        2,
        "f32",
        "auto",
        1,
        10,
        1,
        60,
        List.of(new Measured("drift", Criterion.Bound.AT_LEAST, 1.5, "times", drift, drift >= 1.5)),
        List.of(),
        List.of());
  }

  private Path run(String result) throws IOException {
    Files.writeString(folder.resolve("result.json"), result);
    return folder;
  }

  @Test
  void theResultOfAStudyBecomesALineThatIsReadBackAsItWas() throws IOException {
    Path file = folder.resolve("studies.jsonl");
    StudyRecord record = StudyRecords.add(run(RESULT), file);
    assertThat(record.data()).isEqualTo("cifar10.zip");
    assertThat(record.date()).isEqualTo("2026-11-28");
    assertThat(record.seeds()).isEqualTo(2);
    assertThat(record.criteria().get(0).measured()).isEqualTo(2.625);
    assertThat(record.criteria().get(1).measured()).isNaN();
    assertThat(record.networks())
        .containsExactly(new StudyRecord.Accuracies("plain", List.of(0.0, 0.0)));
    assertThat(record.notes()).containsExactly("a caveat");
    assertThat(StudyRecords.of(file).all()).containsExactly(record);
    assertThat(Files.readString(file)).doesNotContain("somewhere");
  }

  @Test
  void theSameResultIsNotAddedTwiceAndAnotherGoesBelow() throws IOException {
    Path file = folder.resolve("studies.jsonl");
    StudyRecords.add(run(RESULT), file);
    StudyRecords.add(folder, file);
    assertThat(StudyRecords.of(file).all()).hasSize(1);
    StudyRecords.add(run(RESULT.replace("2.625", "1.25")), file);
    assertThat(StudyRecords.of(file).all())
        .extracting(r -> r.criteria().get(0).measured())
        .containsExactly(2.625, 1.25);
  }

  @Test
  void aResultWithoutADateAndALineThatIsDamagedSaySo() throws IOException {
    Path file = folder.resolve("studies.jsonl");
    Path undated = run(RESULT.replace("\"finished\" : \"2026-11-28T23:10:00Z\",", ""));
    assertThatThrownBy(() -> StudyRecords.add(undated, file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("result.json")
        .hasMessageContaining("does not say when the study ended");
    Files.writeString(file, record(Scale.QUICK, "2026-11-01", 2).toJson() + "\n{\"study\":1}\n");
    assertThatThrownBy(() -> StudyRecords.of(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("studies.jsonl: line 2");
    assertThatThrownBy(() -> StudyRecords.of(folder.resolve("none.jsonl")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("none.jsonl");
    assertThatThrownBy(() -> record(Scale.QUICK, "yesterday", 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'yesterday' is no date");
  }

  @Test
  void theLatestRunAtFullScaleCountsElseTheLatest() {
    StudyRecord old = record(Scale.QUICK, "2026-11-01", 1);
    StudyRecord quick = record(Scale.QUICK, "2026-11-03", 2);
    StudyRecord again = record(Scale.QUICK, "2026-11-03", 3);
    StudyRecord full = record(Scale.FULL, "2026-11-02", 4);
    Check.ByStudy shift = new Check.ByStudy("", "bn-shift", List.of("drift"));
    assertThat(new StudyRecords(List.of(quick, old)).last(shift)).contains(quick);
    assertThat(new StudyRecords(List.of(old, quick, again)).last(shift)).contains(again);
    assertThat(new StudyRecords(List.of(old, full, quick)).last(shift)).contains(full);
    assertThat(
            new StudyRecords(List.of(old))
                .last(new Check.ByStudy("", "wide", List.of("step-time"))))
        .isEmpty();
  }

  @Test
  void aRunThatJudgedNothingOfWhatACheckCountsDoesNotCountForIt() {
    StudyRecords records = new StudyRecords(List.of(record(Scale.QUICK, "2026-11-01", 2)));
    Check.ByStudy later = new Check.ByStudy("", "bn-shift", List.of("speed"));
    assertThat(records.last(later)).isEmpty();
    LedgerClaim claim = new LedgerClaim(1, "", "", List.of(later));
    assertThat(claim.coverage(records)).isEqualTo(LedgerClaim.Coverage.NONE);
    assertThat(claim.verdict(records)).isEmpty();
  }

  @Test
  void aCriterionThatARunDidNotHaveHasNoValueAndDoesNotHold() {
    StudyRecords records = new StudyRecords(List.of(record(Scale.QUICK, "2026-11-01", 2)));
    Check.ByStudy both = new Check.ByStudy("", "bn-shift", List.of("drift", "speed"));
    List<Figure> figures = LedgerClaim.figures(both, records);
    assertThat(figures).extracting(Figure::holds).containsExactly(true, false);
    assertThat(figures.get(0).measured()).isCloseTo(2, within(0.0));
    assertThat(figures.get(1).measured()).isNaN();
  }

  @Test
  void whatComesWithFoveaIsAboutTheStudiesAsTheyAre() {
    List<StudyRecord> all = StudyRecords.bundled().all();
    assertThat(all).hasSizeGreaterThanOrEqualTo(13);
    for (Study study : Studies.all()) {
      StudyRecords.bundled()
          .last(
              new Check.ByStudy(
                  "", study.name(), study.criteria().stream().map(Criterion::name).toList()))
          .ifPresent(
              r ->
                  assertThat(r.criteria())
                      .as(study.name())
                      .extracting(Measured::name, Measured::bound, Measured::limit)
                      // A criterion may have been added since, but none has changed.
                      .isSubsetOf(
                          study.criteria().stream()
                              .map(
                                  c ->
                                      org.assertj.core.groups.Tuple.tuple(
                                          c.name(), c.bound(), c.limit()))
                              .toList()));
    }
    for (StudyRecord r : all) {
      assertThat(StudyRecord.parse(r.toJson(), "line")).isEqualTo(r);
      for (Measured m : r.criteria()) {
        assertThat(m.holds())
            .as(r.study() + ": " + m.name())
            .isEqualTo(
                Double.isNaN(m.measured())
                    ? m.holds()
                    : (m.bound() == Criterion.Bound.AT_LEAST) == (m.measured() > m.limit())
                        || m.measured() == m.limit());
      }
    }
  }
}
