package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Algorithm 2 of Ioffe and Szegedy 2015, beside sums written out here. */
class PopulationStatisticsTest {
  private static final int BATCH = 5;
  private static final int CHANNELS = 3;
  private static final int CELLS = 4 * 4;
  private static final int BATCHES = 4;

  private static Graph graph() {
    GraphBuilder g = new GraphBuilder("one norm");
    Node x = g.input(Shape.of(CHANNELS, 4, 4));
    Node norm = g.batchNorm("norm", x, Op.BatchNorm.standard());
    return g.build(g.linear("fc", g.flatten("flat", g.globalAvgPool("pool", norm)), CHANNELS));
  }

  private static double[] images(int batch) {
    return Arrays.stream(NamedValues.of("images " + batch, BATCH * CHANNELS * CELLS))
        .map(v -> v * (1 + batch) + batch)
        .toArray();
  }

  @Test
  void theMeanOverBatchesAndTheUnbiasedVarianceAreTaken() {
    double[] means = new double[CHANNELS];
    double[] variances = new double[CHANNELS];
    for (int batch = 0; batch < BATCHES; batch++) {
      for (int c = 0; c < CHANNELS; c++) {
        double[] values = channel(images(batch), c);
        int m = values.length;
        double mean = Arrays.stream(values).sum() / m;
        double biased = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / m;
        means[c] += mean / BATCHES;
        variances[c] += biased * m / (m - 1) / BATCHES;
      }
    }
    CompileOptions options = new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 1);
    OneDnnBackend backend = new OneDnnBackend();
    try (TrainingProgram program =
        Compilation.training(graph(), new SoftmaxCrossEntropy(0), backend, options)) {
      float[] scale = {1, 2, 3};
      float[] shift = {-1, 0, 1};
      program.weights().write("norm.weight", scale);
      program.weights().write("norm.bias", shift);
      program.weights().write("fc.weight", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1});
      program.weights().write("fc.bias", new float[CHANNELS]);
      for (int batch = 0; batch < BATCHES; batch++) {
        program.observe(buffer(images(batch)), 0, 1.0 / (batch + 1));
      }
      float[] mean = program.weights().read("norm.running_mean");
      float[] variance = program.weights().read("norm.running_var");
      float[] logits = new float[BATCH * CHANNELS];
      try (InferenceProgram inference =
          Compilation.inference(graph(), program.weights(), backend, options)) {
        inference.run(buffer(images(1)), logits);
      }
      for (int c = 0; c < CHANNELS; c++) {
        assertThat((double) mean[c]).isCloseTo(means[c], within(1e-5 * Math.abs(means[c])));
        // The biased variance would be smaller by one part in 80.
        assertThat((double) variance[c]).isCloseTo(variances[c], within(1e-4 * variances[c]));
        double first = Arrays.stream(channel(images(1), c)).limit(CELLS).average().orElseThrow();
        double normalized = (first - means[c]) / Math.sqrt(variances[c] + 1e-5);
        assertThat((double) logits[c]).isCloseTo(scale[c] * normalized + shift[c], within(1e-4));
      }
    }
  }

  private static double[] channel(double[] images, int c) {
    double[] values = new double[BATCH * CELLS];
    for (int n = 0; n < BATCH; n++) {
      System.arraycopy(images, (n * CHANNELS + c) * CELLS, values, n * CELLS, CELLS);
    }
    return values;
  }

  private static ByteBuffer buffer(double[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (double v : values) {
      buffer.putFloat((float) v);
    }
    return buffer.flip();
  }
}
