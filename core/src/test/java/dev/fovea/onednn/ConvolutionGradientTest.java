package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.onednn.ConvolutionErrorBound.Products;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The gradients of a small smooth network are the difference quotients of its own loss, whatever
 * computes its convolutions: no interpreter takes part.
 *
 * <p>Of every parameter, along its gradient and along a direction that has nothing to do with it,
 * both of length 1. The quotient of step h is off by c·h²; two steps remove that, D = (4·D(h/2) -
 * D(h))/3, and leave h⁴. A loss whose logits are of size 1 has at most the error of its three
 * convolutions in sequence, ε each; a quotient of step h/2 takes 2ε/h of it, D hence 4/3·2·3ε/h at
 * most.
 */
class ConvolutionGradientTest {
  private static final int BATCH = 4;
  private static final int WIDTH = 32;
  private static final double H = 0.05;
  private static final SoftmaxCrossEntropy LOSS = new SoftmaxCrossEntropy(0);

  // Tanh in place of ReLU, which has kinks.
  private static Graph graph() {
    GraphBuilder b = new GraphBuilder("smooth");
    Node x = b.input(Shape.of(3, 9, 7));
    Window[] windows = {
      Window.square(3).pad(1), Window.square(5).pad(2), Window.of(1, 7).pad(0, 3)
    };
    x = b.conv("stem", x, Op.Conv2d.of(WIDTH, Window.square(1)));
    for (Window w : windows) {
      Op.Conv2d op = Op.Conv2d.of(WIDTH, w).withBias(new Initializer.Constant(0));
      x = b.add("tanh " + w, new Op.Tanh(), b.conv("conv " + w, x, op));
    }
    return b.build(b.linear("fc", b.flatten("flat", x), 5));
  }

  @ParameterizedTest
  @EnumSource(ConvolutionAlgorithm.class)
  void gradientsAreDifferenceQuotients(ConvolutionAlgorithm algorithm) {
    Graph graph = graph();
    CompileOptions options =
        new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 1).convolving(algorithm);
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    ConvolutionErrorBound largest =
        new ConvolutionErrorBound(Window.of(1, 7), Products.WINOGRAD_F32);
    double allowed = 8 * largest.values(WIDTH) / H + Math.pow(H, 4);
    try (TrainingProgram program =
        Compilation.training(graph, LOSS, new OneDnnBackend(), options)) {
      parameters.forEach((name, v) -> program.weights().write(name, floats(v, v, 0)));
      loss(program, graph);
      for (ParamSpec p : graph.params()) {
        loss(program, graph);
        float[] gradient = program.gradients().read(p.name());
        double[] along = unit(doubles(gradient));
        double[] across = unit(NamedValues.of("direction of " + p.name(), gradient.length));
        for (double[] direction : new double[][] {along, across}) {
          double slope = 0;
          for (int i = 0; i < gradient.length; i++) {
            slope += gradient[i] * direction[i];
          }
          double[] at = Objects.requireNonNull(parameters.get(p.name()));
          double wide = quotient(program, graph, p, at, direction, H);
          double narrow = quotient(program, graph, p, at, direction, H / 2);
          double quotient = (4 * narrow - wide) / 3;
          assertThat(slope)
              .as("%s, %s, allowed %.1e", p.name(), algorithm, allowed)
              .isBetween(quotient - allowed, quotient + allowed);
        }
        assertThat(slope(gradient)).as("gradient of %s", p.name()).isGreaterThan(20 * allowed);
      }
    }
  }

  private static double slope(float[] gradient) {
    double sum = 0;
    for (float g : gradient) {
      sum += (double) g * g;
    }
    return Math.sqrt(sum);
  }

  private static double quotient(
      TrainingProgram program, Graph graph, ParamSpec p, double[] at, double[] way, double h) {
    program.weights().write(p.name(), floats(at, way, h));
    double above = loss(program, graph);
    program.weights().write(p.name(), floats(at, way, -h));
    double below = loss(program, graph);
    program.weights().write(p.name(), floats(at, way, 0));
    return (above - below) / (2 * h);
  }

  private static double loss(TrainingProgram program, Graph graph) {
    double[] pixels = NamedValues.images(BATCH, graph.inputShape());
    ByteBuffer images =
        ByteBuffer.allocateDirect(pixels.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (double v : pixels) {
      images.putFloat((float) v);
    }
    double[] targets = NamedValues.targets(BATCH, graph.classes());
    return program.run(images.flip(), floats(targets, targets, 0), 0).loss();
  }

  private static double[] unit(double[] direction) {
    double length = OneConvolution.rms(direction) * Math.sqrt(direction.length);
    double[] unit = new double[direction.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = direction[i] / length;
    }
    return unit;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static float[] floats(double[] at, double[] way, double h) {
    float[] floats = new float[at.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) (at[i] + h * way[i]);
    }
    return floats;
  }
}
