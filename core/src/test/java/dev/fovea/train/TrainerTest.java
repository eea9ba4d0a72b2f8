package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.onednn.OneDnnBackend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  @TempDir Path temp;

  @Test
  void aRunLeavesOneRowPerEpochAndAModel() {
    RunConfig config = TinyRun.in(temp.resolve("run")).with("learning.length", "4epochs");
    List<TrainEvent> events = new ArrayList<>();
    try (Trainer trainer = Trainer.open(config, new OneDnnBackend(), events::add)) {
      TrainResult result = trainer.run();
      assertThat(result.outcome()).isEqualTo(TrainResult.Outcome.FINISHED);
      assertThat(result.history()).hasSize(4);
      assertThat(result.model()).exists();
    }
  }
}
