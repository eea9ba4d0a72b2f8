package dev.fovea.train;

import dev.fovea.MemoryRanks;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.collective.Collective;
import dev.fovea.onednn.OneDnnBackend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Small runs on ranks that are threads. */
final class RankRuns {
  // Not divisible by the batch, so that images are left over in every epoch.
  private static final String DATA = "shapes(size=8,count=130,val=41)";

  private static final String CONVOLUTIONS =
      "convolutions{input=Input(|3x8x8);"
          + "c1=Conv2d(input|16|3x3s1x1p1x1|1|true|HeNormal:OUT|Constant:0.0);r1=Relu(c1);"
          + "c2=Conv2d(r1|24|3x3s2x2p1x1|1|true|HeNormal:OUT|Constant:0.0);r2=Relu(c2);"
          + "flat=Flatten(r2);fc=Linear(flat|10|true|PyTorchDefault:384|PyTorchDefault:384);"
          + ">fc:1.0}";

  private RankRuns() {}

  /** A network without batch norms, whose steps over parts of a batch sum up to those of all. */
  static RunConfig withoutNorms(Path folder) {
    return withNorms(folder)
        .with("network.model", CONVOLUTIONS)
        .with("learning.length", "5epochs")
        .with("learning.rate.base", "0.01");
  }

  /** A residual network, two epochs of ten steps. */
  static RunConfig withNorms(Path folder) {
    return TinyRun.in(folder)
        .with("data.source", DATA)
        .with("network.model", "resnet8")
        .with("learning.batch", "12");
  }

  /** Runs on so many ranks and returns the events of each. */
  static List<List<TrainEvent>> train(int ranks, RunConfig config) {
    return MemoryRanks.run(ranks, collective -> train(collective, config));
  }

  @FunctionalInterface
  private interface Watch {
    void on(Trainer trainer, TrainEvent event);
  }

  /** Runs as one of several ranks. */
  static List<TrainEvent> train(Collective collective, RunConfig config) {
    return train(collective, config, (trainer, event) -> {});
  }

  /** Runs as one of several ranks, and does something after a step. */
  static List<TrainEvent> train(
      Collective collective, RunConfig config, long step, Consumer<Trainer> what) {
    return train(
        collective,
        config,
        (trainer, event) -> {
          if (event instanceof TrainEvent.StepDone s && s.step() == step) {
            what.accept(trainer);
          }
        });
  }

  private static List<TrainEvent> train(Collective collective, RunConfig config, Watch watch) {
    List<TrainEvent> events = new ArrayList<>();
    Trainer[] self = new Trainer[1];
    TrainListener listener =
        event -> {
          events.add(event);
          watch.on(self[0], event);
        };
    try (Trainer trainer =
        Trainer.open(config, new OneDnnBackend(), Additions.NONE, collective, listener)) {
      self[0] = trainer;
      trainer.run();
      return events;
    }
  }

  static List<Double> losses(List<TrainEvent> events) {
    return events.stream()
        .filter(TrainEvent.StepDone.class::isInstance)
        .map(e -> ((TrainEvent.StepDone) e).figures().loss())
        .toList();
  }

  static TrainResult result(List<TrainEvent> events) {
    return ((TrainEvent.RunFinished) events.get(events.size() - 1)).result();
  }

  /** Everything in a state but the seconds and the checksum over them. */
  static Map<String, String> state(Path folder) {
    Map<String, String> all = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(new RunFolder(folder).state())) {
      file.metadata()
          .forEach(
              (k, v) -> {
                if (k.equals("state.position")) {
                  all.put(k, v.replaceAll("\"seconds\":[^,}]+", ""));
                }
              });
      file.entries().keySet().forEach(name -> all.put(name, Arrays.toString(file.floats(name))));
    }
    return all;
  }

  static Throwable failure(MemoryRanks.Ending<?> ending) {
    return ending.failure().orElseThrow(() -> new AssertionError("this rank did not fail"));
  }
}
