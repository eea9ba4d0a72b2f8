package dev.fovea.train;

import dev.fovea.onednn.OneDnnBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs that take seconds: a few small generated images on a residual network, with all that a state
 * must keep.
 */
final class TinyRun {
  static final String DATA = "shapes(size=8,count=160,val=40)";
  static final int STEPS_PER_EPOCH = 10;

  // One by default: several threads that wait for each other crawl on a machine that does other
  // work.
  static final String THREADS = System.getProperty("fovea.test.threads", "1");

  private TinyRun() {}

  static RunConfig in(Path folder) {
    return RunConfig.named("shapes-quick")
        .with("data.source", DATA)
        .with("network.model", "resnet20")
        .with("network.input", "8")
        .with("learning.length", "2epochs")
        .with("learning.batch", "16")
        .with("learning.rate.base", "0.05")
        .with("learning.update.average.decay", "0.9")
        .with("learning.update.clipping.norm", "5")
        .with("engine.precision", "f32")
        .with("engine.threads", THREADS)
        .with("output.folder", folder.toString());
  }

  static RunConfig resumed(Path folder) {
    return RunConfig.ofRun(new RunFolder(folder));
  }

  static TrainResult run(RunConfig config, TrainListener... listeners) {
    try (Trainer trainer = Trainer.open(config, new OneDnnBackend(), listeners)) {
      return trainer.run();
    }
  }

  /** Runs until {@code step} is done, then interrupts. */
  static TrainResult runUntil(RunConfig config, long step) {
    Trainer[] self = new Trainer[1];
    try (Trainer trainer =
        Trainer.open(
            config,
            new OneDnnBackend(),
            e -> {
              if (e instanceof TrainEvent.StepDone s && s.step() == step) {
                self[0].interrupt();
              }
            })) {
      self[0] = trainer;
      return trainer.run();
    }
  }

  static byte[] model(Path folder) throws IOException {
    return Files.readAllBytes(new RunFolder(folder).model());
  }

  /** The rows of metrics.csv without the column of seconds. */
  static List<String> rows(Path folder) throws IOException {
    return Files.readAllLines(new RunFolder(folder).metrics()).stream()
        .map(l -> l.substring(0, l.lastIndexOf(',')))
        .toList();
  }
}
