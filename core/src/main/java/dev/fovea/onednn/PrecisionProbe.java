package dev.fovea.onednn;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.program.PrecisionChoice;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * Trains a few convolutions in both precisions alternately and chooses the faster: a CPU that has
 * bfloat16 instructions need not run them fast, and fast convolutions gain less in bfloat16 than in
 * binary32.
 */
final class PrecisionProbe {
  private static final int BATCH = 8;
  private static final int CHANNELS = 256;
  private static final int SIDE = 14;
  private static final int ROUNDS = 6;
  // bf16 has to be clearly faster to be worth the loss of precision.
  private static final double WORTH_IT = 1.1;

  private PrecisionProbe() {}

  static PrecisionChoice choose(Backend backend, ConvolutionAlgorithm convolution) {
    if (!backend.supports(Precision.BF16)) {
      return new PrecisionChoice(Precision.F32, "this CPU has no bfloat16 instructions");
    }
    double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
    try (TrainingProgram f32 = compile(backend, Precision.F32, convolution);
        TrainingProgram bf16 = compile(backend, Precision.BF16, convolution)) {
      for (int i = 0; i < ROUNDS; i++) {
        best[0] = Math.min(best[0], seconds(f32));
        best[1] = Math.min(best[1], seconds(bf16));
      }
    }
    double gain = best[0] / best[1];
    return gain >= WORTH_IT
        ? new PrecisionChoice(
            Precision.BF16, text("bf16 runs a probe %.1f times as fast as f32", gain))
        : new PrecisionChoice(
            Precision.F32, text("f32 runs a probe %.1f times as fast as bf16", 1 / gain));
  }

  private static String text(String format, double ratio) {
    return String.format(Locale.ROOT, format, ratio);
  }

  private static TrainingProgram compile(
      Backend backend, Precision precision, ConvolutionAlgorithm convolution) {
    int threads = NativeLibrary.get().defaultThreads();
    GraphBuilder b = new GraphBuilder("precision probe");
    Node x = b.input(Shape.of(CHANNELS, SIDE, SIDE));
    // Bottleneck blocks: fast convolutions gain on the middle one only, and most of all in
    // binary32.
    for (int i = 0; i < 2; i++) {
      x = unit(b, "reduce" + i, x, CHANNELS / 4, Window.square(1));
      x = unit(b, "conv" + i, x, CHANNELS / 4, Window.square(3).pad(1));
      x = unit(b, "expand" + i, x, CHANNELS, Window.square(1));
    }
    Graph graph = b.build(b.linear("fc", b.flatten("flat", b.globalAvgPool("pool", x)), 2));
    return Compilation.training(
        graph,
        new SoftmaxCrossEntropy(0),
        backend,
        new CompileOptions(BATCH, precision, CompileOptions.Memory.NORMAL, threads)
            .convolving(convolution));
  }

  private static Node unit(GraphBuilder b, String name, Node x, int channels, Window window) {
    Node conv = b.conv(name, x, Op.Conv2d.of(channels, window));
    return b.relu(name + "/relu", b.batchNorm(name + "/bn", conv, Op.BatchNorm.standard()));
  }

  private static double seconds(TrainingProgram program) {
    ByteBuffer images =
        ByteBuffer.allocateDirect(BATCH * CHANNELS * SIDE * SIDE * program.inputType().bytes());
    float[] targets = new float[BATCH * 2];
    long start = System.nanoTime();
    program.run(images, targets, 0);
    return (System.nanoTime() - start) / 1e9;
  }
}
