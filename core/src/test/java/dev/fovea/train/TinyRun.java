package dev.fovea.train;

import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.SafetensorsWriter;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

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
    return run(config, new OneDnnBackend(), listeners);
  }

  static TrainResult run(RunConfig config, Backend backend, TrainListener... listeners) {
    try (Trainer trainer = Trainer.open(config, backend, listeners)) {
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

  /** A stored configuration as versions before {@code engine.convolution} wrote it. */
  static String withoutConvolution(String json) {
    return json.replaceAll("\"convolution\"\\s*:\\s*\"\\w+\",\\s*", "");
  }

  /** Makes a run folder what a version before {@code engine.convolution} left. */
  static void forgetConvolution(Path folder) throws IOException {
    RunFolder run = new RunFolder(folder);
    Files.writeString(run.config(), withoutConvolution(Files.readString(run.config())));
    rewrite(run.state(), TinyRun::withoutConvolution);
  }

  /** Changes the texts in a state or model file. */
  static void rewrite(Path path, UnaryOperator<String> change) {
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, int[]> shapes = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      file.metadata().forEach((k, v) -> texts.put(k, change.apply(v)));
      // The writer adds its own.
      texts.remove("fovea.sha256");
      file.entries()
          .forEach(
              (name, entry) -> {
                values.put(name, file.floats(name));
                shapes.put(name, entry.shape().stream().mapToInt(Math::toIntExact).toArray());
              });
    }
    SafetensorsWriter writer = new SafetensorsWriter().metadata(texts);
    values.forEach(
        (name, v) -> writer.floats(name, Objects.requireNonNull(shapes.get(name)), () -> v));
    writer.write(path);
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
