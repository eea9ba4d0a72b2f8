package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A ceil-mode window larger than the image, against PyTorch's values. */
class PoolingTest {
  private static final double[] IMAGE = {1, -2, 3, 4, 5, -7};

  @Test
  void aWindowLargerThanTheImageReadsTheCellsThereAre() {
    Window window = new Window(3, 4, 2, 3, 0, 0);
    assertThat(pooled(new Op.MaxPool(window, true))).isEqualTo(5);
    assertThat(pooled(new Op.AvgPool(window, true, true))).isCloseTo(4 / 6.0, within(1e-15));
    assertThat(pooled(new Op.AvgPool(window, true, false))).isCloseTo(4 / 6.0, within(1e-15));
  }

  @Test
  void itsMeanCountsThePaddingButNotWhatHangsOverIt() {
    Window window = new Window(5, 5, 3, 3, 1, 1);
    assertThat(pooled(new Op.MaxPool(window, true))).isEqualTo(5);
    assertThat(pooled(new Op.AvgPool(window, true, true))).isCloseTo(0.2, within(1e-15));
    assertThat(pooled(new Op.AvgPool(window, true, false))).isCloseTo(4 / 6.0, within(1e-15));
  }

  // A classifier of weight 1 hands the one value through.
  private static double pooled(Op pool) {
    GraphBuilder g = new GraphBuilder("pool");
    Graph graph =
        g.build(
            g.linear("fc", g.flatten("flat", g.add("pool", pool, g.input(Shape.of(1, 2, 3)))), 1));
    Map<String, double[]> one = Map.of("fc.weight", new double[] {1}, "fc.bias", new double[] {0});
    return ReferenceProgram.infer(graph, one, IMAGE)[0];
  }
}
