package dev.fovea.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.Fuzz;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.passes.SynchronizeStatistics;
import dev.fovea.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that define networks, which model files and recipes hold. */
class OwnNetworkTest {
  private static final Shape IMAGES = Shape.of(3, 12, 12);

  private static Graph nested() {
    GraphBuilder g = new GraphBuilder("nested");
    Node in = g.input(IMAGES);
    Node a = g.conv("a", in, Op.Conv2d.of(4, Window.square(3).pad(1)));
    Node b = g.conv("b", in, Op.Conv2d.of(2, Window.of(1, 3).pad(0, 1)));
    Node inner = g.concat("inner", List.of(a, b));
    Node x = g.concat("outer", List.of(inner, g.batchNorm("n", a, Op.BatchNorm.standard())));
    x = g.avgPool("p", g.relu("r", x), new Op.AvgPool(Window.square(3).stride(2), true, false));
    return g.build(g.linear("fc", g.flatten("f", x), 5));
  }

  private static void build(String text) {
    Models.graph(text, 5, IMAGES);
  }

  @Test
  void aConcatenationOfConcatenationsIsRebuilt() {
    Graph graph = nested();
    Graph again = Models.graph(Models.spec(graph), 5, IMAGES);
    assertThat(again.params()).isEqualTo(graph.params());
    assertThat(again.nodes()).hasSameSizeAs(graph.nodes());
  }

  @Test
  void initializersWithinInitializersAreRebuilt() {
    GraphBuilder g = new GraphBuilder("first");
    Initializer whitening = new Initializer.Fixed(new Initializer.Whitening(5e-4));
    Initializer dirac = new Initializer.Dirac(new Initializer.HeNormal(Initializer.Fan.IN));
    Initializer scaled = new Initializer.Scaled(0.5, dirac);
    Node x =
        g.conv(
            "whiten", g.input(IMAGES), Op.Conv2d.of(24, Window.square(2)).withWeights(whitening));
    x = g.conv("conv", x, Op.Conv2d.of(30, Window.square(3)).withWeights(dirac));
    x = g.conv("scaled", x, Op.Conv2d.of(8, Window.square(1)).withWeights(scaled));
    x = g.batchNorm("norm", x, Op.BatchNorm.shiftOnly(1e-12, 0.4));
    Graph graph = g.build(g.linear("fc", g.flatten("f", x), 5));
    assertThat(Models.spec(graph))
        .contains(
            "Fixed:Whitening:5.0E-4",
            "Dirac:HeNormal:IN",
            "Scaled:0.5:Dirac:HeNormal:IN",
            "Fixed:Constant:1.0");
    assertThat(Models.graph(Models.spec(graph), 5, IMAGES).params()).isEqualTo(graph.params());
  }

  @Test
  void fixedStatisticsAreRebuiltAndThoseOfAllRanksAreNotWritten() {
    GraphBuilder g = new GraphBuilder("norms");
    Node x = g.batchNorm("batch", g.input(IMAGES), Op.BatchNorm.standard());
    x = g.batchNorm("fixed", x, Op.BatchNorm.standard().with(Op.BatchNorm.Statistics.FIXED));
    Graph graph = g.build(g.linear("fc", g.flatten("f", x), 5));
    assertThat(Models.spec(graph)).contains("(input|1.0E-5|0.1|Constant:1.0|false)", "|true)");
    assertThat(Models.graph(Models.spec(graph), 5, IMAGES).nodes())
        .extracting(Node::op)
        .containsExactlyElementsOf(graph.nodes().stream().map(Node::op).toList());
    Graph shared = new SynchronizeStatistics().apply(graph);
    assertThatThrownBy(() -> Models.spec(shared))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("save the network that was built");
  }

  @Test
  void activationsAndTheirFormsAreRebuilt() {
    GraphBuilder g = new GraphBuilder("smooth");
    Node x = g.conv("conv", g.input(IMAGES), Op.Conv2d.of(4, Window.square(3)));
    x = g.gelu("gelu", g.silu("silu", x));
    x = g.add("tanh", new Op.Gelu(Op.Gelu.Approximation.TANH), x);
    Graph graph = g.build(g.linear("fc", g.flatten("f", x), 5));
    assertThat(Models.spec(graph)).contains("gelu=Gelu(silu|NONE);tanh=Gelu(gelu|TANH)");
    assertThat(Models.graph(Models.spec(graph), 5, IMAGES).nodes())
        .extracting(Node::op)
        .containsExactlyElementsOf(graph.nodes().stream().map(Node::op).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x{input=Input(|3x12x12);g=Gelu(input|SOMETHING);f=Flatten(g);>f:1.0}",
        "x{input=Input(|3x12x12);n=BatchNorm(input|1|0|Fixed|false);f=Flatten(n);>f:1.0}",
        "x{input=Input(|3x12x12);n=BatchNorm(input|1|0|Fixed:Dirac:|false);f=Flatten(n);>f:1.0}",
        "x{input=Input(|3x12x12);n=BatchNorm(input|1|0|Scaled:2|false);f=Flatten(n);>f:1.0}",
        "x{input=Input(|3x12x12);g=Gelu(input);f=Flatten(g);>f:1.0}",
        "x{}",
        "x{;>}",
        "x{input=Input(|3x12x12)}",
        "x{input=Input(|3x12x12);>input:1.0}",
        "x{input=Input(|3x12x12);f=Flatten(input);fc=Linear(f|5|true|Constant:0);>fc:1.0}",
        "x{input=Input(|3x12x12);f=Flatten(g);fc=Linear(f|5|true|Constant:0|Constant:0);>fc:1.0}",
        "x{input=Input(|3x12x12);f=Flatten(input);f=Flatten(input);>f:1.0}",
        "x{i=Input(|3x12x12);c=Conv2d(i|4|3x3s0x0p0x0|1|false|Constant:0|Constant:0);>c:1.0}",
        "x{input=Input(|3x12x12);c=Runtime(input);>c:1.0}",
        "x{input=Input(|3x12x12);f=Flatten(input);>f:NaN}",
        "x{input=Input(|99999999999x1x1);f=Flatten(input);>f:1.0}",
        "x{input=Input(|3x12x12);f=Flatten(input);>f}",
        "x{input=Input(|3x12x12"
      })
  void aTextThatIsNoNetworkIsRefused(String text) {
    assertThatThrownBy(() -> build(text))
        .isInstanceOfAny(ModelException.class, GraphException.class)
        .hasMessageNotContaining("\n");
  }

  @Test
  void changedTextsAreRefusedOrBuilt() {
    byte[] good = Models.spec(nested()).getBytes(StandardCharsets.US_ASCII);
    Fuzz.Outcome outcome =
        Fuzz.of("own-network", 2000, 64 << 20, Set.of(ModelException.class, GraphException.class))
            .run(
                random -> {
                  byte[] bytes = good.clone();
                  for (int i = 0; i <= random.nextInt(3); i++) {
                    byte b = (byte) (' ' + random.nextInt(95));
                    bytes[random.nextInt(bytes.length)] =
                        random.nextBoolean() ? b : bytes[random.nextInt(bytes.length)];
                  }
                  return random.nextInt(8) == 0
                      ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length))
                      : bytes;
                },
                input -> build(new String(input, StandardCharsets.US_ASCII)));
    assertThat(outcome.refused()).isPositive();
    assertThat(outcome.read()).isPositive();
  }
}
