package dev.fovea.bench;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.image.Image;
import dev.fovea.eval.CompiledModel;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Checks for memory growth: {@code Soak train STEPS} trains ResNet-20; {@code Soak predict COUNT
 * MODEL} classifies random images one by one with a model file. Prints resident memory after each
 * tenth of the work, and the growth after the first fifth.
 */
final class Soak {
  private static final int BATCH = 32;

  private Soak() {}

  /** Runs the check. */
  public static void main(String[] args) throws IOException {
    int count = Integer.parseInt(args[1]);
    if (Mode.of(args[0].equals("predict") ? "infer" : "train") == Mode.TRAIN) {
      train(count);
    } else {
      predict(count, Path.of(args[2]));
    }
  }

  private static void train(int steps) throws IOException {
    Graph graph = Models.graph("resnet20");
    CompileOptions options = new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 2);
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), new OneDnnBackend(), options)) {
      graph.params().forEach(p -> program.weights().write(p.name(), p.initialValues(1)));
      Updater updater =
          new Updater(program, UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(1e-4)));
      ByteBuffer images = ByteBuffer.allocateDirect(BATCH * 3 * 32 * 32 * Float.BYTES);
      float[] targets = new float[BATCH * graph.classes()];
      new Watch("training steps", steps)
          .over(
              i -> {
                program.run(images, targets, i);
                updater.step(i, 0.01);
              });
    }
  }

  private static void predict(int count, Path model) throws IOException {
    CompileOptions options = new CompileOptions(1, Precision.F32, Memory.NORMAL, 2);
    Random random = new Random(1);
    try (CompiledModel classifier = CompiledModel.open(model, new OneDnnBackend(), options)) {
      new Watch("predictions", count)
          .over(
              i -> {
                byte[] rgb = new byte[3 * 32 * 32];
                random.nextBytes(rgb);
                classifier.predict(new Image(32, 32, rgb));
              });
    }
  }

  private interface Work {
    void once(int i);
  }

  private record Watch(String what, int count) {
    void over(Work work) throws IOException {
      List<Long> resident = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        work.once(i);
        if ((i + 1) % Math.max(1, count / 10) == 0) {
          resident.add(resident());
        }
      }
      double growth = (double) resident.get(resident.size() - 1) / resident.get(1) - 1;
      System.out.printf(
          Locale.ROOT,
          "{\"what\":\"%s\",\"count\":%d,\"rss_after_each_tenth\":%s,\"growth_after_a_fifth\":%.4f}%n",
          what,
          count,
          resident,
          growth);
    }
  }

  private static long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new BenchException("/proc/self/status has no VmRSS; this needs Linux");
  }
}
