package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.checkpoint.StateFile;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ParameterSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** States as earlier versions wrote them, with one row for all epochs since an evaluation. */
class RunStoreTest {
  private static final List<String> TEXTS = List.of("position", "history", "config", "data");

  private static RunConfig config(Path folder) {
    return TinyRun.in(folder).with("learning.length", "4epochs").with("output.evaluate_every", "2");
  }

  /** Takes the rows without evaluation out of a state and sums up over the epochs since then. */
  private static void makeOld(Path folder, Position.Sums before) {
    Path state = new RunFolder(folder).state();
    RunConfig config = TinyRun.resumed(folder);
    try (ScratchRun scratch =
        ScratchRun.open(config.with(config.output().into("", false)), new OneDnnBackend())) {
      Map<String, ParameterSet> sets = scratch.phase().sets();
      Map<String, String> texts = new HashMap<>();
      try (StateFile file = StateFile.open(state)) {
        file.loadInto(sets);
        TEXTS.forEach(t -> texts.put(t, file.text(t)));
        texts.put("backend", file.text("backend"));
      }
      Map<String, Object> history = JsonTree.parse(text(texts, "history"), "history");
      List<?> rows = (List<?>) Objects.requireNonNull(history.get("rows"));
      texts.put(
          "history",
          JsonTree.compact(
              Map.of(
                  "rows",
                  rows.stream()
                      .filter(r -> !Map.of().equals(((Map<?, ?>) r).get("val")))
                      .toList())));
      Position now =
          RecordTree.read(Position.class, JsonTree.parse(text(texts, "position"), "at"), "at");
      Position.Sums sums =
          new Position.Sums(
              now.sums().loss() + before.loss(),
              now.sums().correct() + before.correct(),
              now.sums().images() + before.images());
      Position then =
          new Position(
              now.step(),
              now.epoch(),
              now.batch(),
              sums,
              now.bestEpoch(),
              now.bestTop1(),
              now.seconds());
      texts.put("position", JsonTree.compact(RecordTree.of(then)));
      StateFile.write(state, texts, sets);
    }
  }

  private static String text(Map<String, String> texts, String name) {
    return Objects.requireNonNull(texts.get(name));
  }

  @Test
  void anOldStateBetweenTwoEpochsGoesOnWithRowsOfItsOwn(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    TinyRun.run(config(whole));
    Path old = temp.resolve("old");
    // The step after the third epoch's last would be the first of the fourth.
    Trainer[] self = new Trainer[1];
    try (Trainer trainer =
        Trainer.open(
            config(old),
            new OneDnnBackend(),
            e -> {
              if (e instanceof TrainEvent.EpochDone d && d.row().epoch() == 3) {
                self[0].interrupt();
              }
            })) {
      self[0] = trainer;
      assertThat(trainer.run().step()).isEqualTo(3L * TinyRun.STEPS_PER_EPOCH);
    }
    makeOld(old, new Position.Sums(500, 50, 160));
    List<TrainEvent> events = new ArrayList<>();
    TinyRun.run(TinyRun.resumed(old), events::add);
    assertThat(TinyRun.model(old)).isEqualTo(TinyRun.model(whole));
    List<String> rows = TinyRun.rows(old);
    List<String> all = TinyRun.rows(whole);
    // Its two unevaluated rows were never written; those from here on are complete.
    assertThat(rows).containsExactly(all.get(0), all.get(2), all.get(4));
    assertThat(((TrainEvent.RunStarted) events.get(0)).notes())
        .noneMatch(n -> n.contains("earlier version of Fovea"));
  }

  @Test
  void anOldStateWithinAnEpochSaysWhatItsRowIsAMeanOf(@TempDir Path temp) throws IOException {
    Path whole = temp.resolve("whole");
    TinyRun.run(config(whole));
    Path old = temp.resolve("old");
    TinyRun.runUntil(config(old), 34);
    makeOld(old, new Position.Sums(500, 50, 160));
    List<TrainEvent> events = new ArrayList<>();
    TinyRun.run(TinyRun.resumed(old), events::add);
    assertThat(TinyRun.model(old)).isEqualTo(TinyRun.model(whole));
    assertThat(((TrainEvent.RunStarted) events.get(0)).notes())
        .contains(
            "the state was saved by an earlier version of Fovea: training loss and accuracy of"
                + " epoch 4 are means over all epochs from 3 on");
  }
}
