package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.MemoryRanks;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.collective.Collective;
import dev.fovea.collective.ExchangeThread;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class GradientExchangeTest {
  private static final int CHANNELS = 5000;

  /** Ranks whose long sums travel in bfloat16. */
  private record Rounding(Collective exact) implements Collective {
    @Override
    public int rank() {
      return exact.rank();
    }

    @Override
    public int size() {
      return exact.size();
    }

    @Override
    public void sum(FloatBuffer values) {
      exact.sum(values);
      if (values.remaining() > EXACT_VALUES) {
        for (int i = values.position(); i < values.limit(); i++) {
          values.put(i, DType.fromBf16(DType.toBf16(values.get(i))));
        }
      }
    }

    @Override
    public List<byte[]> gather(byte[] own) {
      return exact.gather(own);
    }

    @Override
    public void fail(String reason) {
      exact.fail(reason);
    }

    @Override
    public void close() {
      exact.close();
    }
  }

  // An average that takes a tenth of every batch would stand still within 2 % of where it should
  // be, if it were rounded to 8 bits after every step.
  @Test
  void runningStatisticsAreNotRoundedWhereGradientsAre() {
    GraphBuilder g = new GraphBuilder("wide");
    Node x = g.conv("conv", g.input(Shape.of(1, 2, 2)), Op.Conv2d.of(CHANNELS, Window.square(1)));
    x = g.batchNorm("bn", x, Op.BatchNorm.standard());
    Graph graph = g.build(g.linear("fc", g.flatten("flat", x), 2));
    CompileOptions options = new CompileOptions(1, Precision.F32, CompileOptions.Memory.NORMAL, 1);
    float[] means = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      means[c] = c / 3f;
    }
    List<float[]> averaged =
        MemoryRanks.run(
            2,
            collective -> {
              try (TrainingProgram program =
                      Compilation.training(
                          graph, new SoftmaxCrossEntropy(0), new OneDnnBackend(), options);
                  ExchangeThread thread = new ExchangeThread(new Rounding(collective))) {
                program.weights().write("bn.running_mean", means);
                new GradientExchange(thread, program, 1).averageStatistics();
                return program.weights().read("bn.running_mean");
              }
            });
    assertThat(averaged).hasSize(2).allSatisfy(mean -> assertThat(mean).isEqualTo(means));
  }
}
