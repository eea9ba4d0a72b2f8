package dev.fovea.finetune;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.train.Additions;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunFolder;
import dev.fovea.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Predicate;

/** Fine-tunings that take seconds, from a network that was trained for a second. */
final class Tuned {
  static final String DATA = "shapes(size=8,count=160,val=40)";

  private Tuned() {}

  /** Trains a tiny network on generated images and returns its model file. */
  static Path trunk(Path folder) {
    RunConfig config =
        RunConfig.named("shapes-quick")
            .with("data.source", "shapes(size=8,count=320,val=40,seed=5)")
            .with("network.model", "resnet20")
            .with("network.input", "8")
            .with("learning.length", "1epochs")
            .with("learning.batch", "16")
            .with("learning.rate.base", "0.05")
            .with("engine.precision", "f32")
            .with("engine.threads", "1")
            .with("output.folder", folder.toString());
    try (Trainer trainer = Trainer.open(config, new OneDnnBackend())) {
      trainer.run();
    }
    return new RunFolder(folder).model();
  }

  /** Two epochs over generated images. */
  static FinetuneConfig config(Path from, Path folder) {
    return of(from, DATA, folder);
  }

  static FinetuneConfig of(Path from, String data, Path folder) {
    FinetuneConfig.Source source = new FinetuneConfig.Source(from.toString(), "", "", "");
    FinetuneConfig config = FinetuneConfig.of(source, data).withSeconds(600);
    return config.with(
        config
            .run()
            .with("learning.most_epochs", "2")
            .with("learning.batch", "16")
            .with("engine.precision", "f32")
            .with("engine.threads", "1")
            .with("output.folder", folder.toString()));
  }

  static FinetuneResult run(FinetuneConfig config, FinetuneListener... listeners) {
    try (Finetuner tuner = Finetuner.open(config, new OneDnnBackend(), Additions.NONE, listeners)) {
      return tuner.run();
    }
  }

  /** Runs until an event, then interrupts. */
  static FinetuneResult runUntil(FinetuneConfig config, Predicate<FinetuneEvent> event) {
    Finetuner[] self = new Finetuner[1];
    try (Finetuner tuner =
        Finetuner.open(
            config,
            new OneDnnBackend(),
            Additions.NONE,
            e -> {
              if (event.test(e)) {
                Objects.requireNonNull(self[0]).interrupt();
              }
            })) {
      self[0] = tuner;
      return tuner.run();
    }
  }

  static byte[] model(Path folder) throws IOException {
    return Files.readAllBytes(new FinetuneFolder(folder).model());
  }
}
