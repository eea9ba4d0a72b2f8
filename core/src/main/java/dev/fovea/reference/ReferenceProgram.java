package dev.fovea.reference;

import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.autodiff.GradientRules;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ProgramException;
import dev.fovea.program.StepResult;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs a training graph in float64, node by node, and keeps every value and gradient.
 *
 * <p>All arrays are row-major: images (N, C, H, W), targets and logits (N, K), parameters as {@link
 * ParamSpec} says. It owns the arrays that it returns; those of {@link #parameters} are live and
 * may be modified between steps, the others must not be. Not safe for use by several threads at
 * once; it uses all processors itself, with the same results on any number of them.
 */
public final class ReferenceProgram {
  private final TrainingGraph graph;
  private final int batch;
  private final Map<String, double[]> parameters = new LinkedHashMap<>();
  private final Map<String, double[]> gradients = new LinkedHashMap<>();
  private final Tape tape;

  /**
   * Creates a program that starts from a copy of {@code parameters}.
   *
   * @throws ProgramException if a parameter is missing or has the wrong number of elements
   */
  public ReferenceProgram(TrainingGraph graph, int batch, Map<String, double[]> parameters) {
    this(graph, batch, parameters, DoubleUnaryOperator.identity());
  }

  /**
   * As above, but applies {@code storage} to every value and gradient passed between nodes, except
   * the logits: rounding to a narrow format shows what that format costs a network in accuracy.
   */
  public ReferenceProgram(
      TrainingGraph graph,
      int batch,
      Map<String, double[]> parameters,
      DoubleUnaryOperator storage) {
    this(graph, batch, parameters, storage, ReferenceExchange.NONE);
  }

  /**
   * As above, on one of several ranks, which must run the same steps at the same time.
   *
   * @param exchange what synchronized batch norms sum their statistics with
   */
  public ReferenceProgram(
      TrainingGraph graph,
      int batch,
      Map<String, double[]> parameters,
      DoubleUnaryOperator storage,
      ReferenceExchange exchange) {
    this.graph = graph;
    this.batch = batch;
    this.tape = new Tape(batch, this.parameters, storage, exchange);
    check(graph.forward(), parameters);
    for (ParamSpec p : graph.forward().params()) {
      this.parameters.put(p.name(), Objects.requireNonNull(parameters.get(p.name())).clone());
    }
  }

  /**
   * Forward pass with batch statistics, loss, and backward pass; updates running statistics and
   * gradients, not the weights.
   *
   * @param targets distributions over the classes
   * @param dropoutSeed determines the masks, see {@link dev.fovea.program.DropoutMask}
   */
  public StepResult step(double[] images, double[] targets, long dropoutSeed) {
    forward(images, targets, dropoutSeed);
    double loss = 0;
    for (BackwardStep step : graph.backward()) {
      if (step instanceof BackwardStep.LossGradient s) {
        loss += lossOf(s, targets);
      } else if (step instanceof BackwardStep.Sum s) {
        tape.sum(s);
      } else if (step instanceof BackwardStep.Backward s) {
        tape.differentiate(s, dropoutSeed, gradients);
        graph.frozen().forEach(gradients::remove);
      }
    }
    return new StepResult(loss, correct(value(graph.forward().logits()), targets));
  }

  /** The loss that {@link #step} returns, without its backward pass; leaves no gradients. */
  double loss(double[] images, double[] targets, long dropoutSeed) {
    forward(images, targets, dropoutSeed);
    double loss = 0;
    for (BackwardStep step : graph.backward()) {
      if (step instanceof BackwardStep.LossGradient s) {
        loss += lossOf(s, targets);
      }
    }
    return loss;
  }

  private void forward(double[] images, double[] targets, long dropoutSeed) {
    Graph forward = graph.forward();
    checkLength("images", images.length, batch * forward.inputShape().elements());
    checkLength("targets", targets.length, (long) batch * forward.classes());
    tape.clear();
    gradients.clear();
    tape.values().put(forward.input(), images);
    for (Node n : forward.nodes()) {
      if (n != forward.input()) {
        boolean logits = forward.outputs().stream().anyMatch(o -> o.node() == n);
        double[] value = Forward.training(tape.call(n), dropoutSeed);
        tape.values().put(n, logits ? value : Pointwise.map(value, tape.storage()));
      }
    }
  }

  private double lossOf(BackwardStep.LossGradient step, double[] targets) {
    CrossEntropy ce =
        CrossEntropy.of(value(step.output().node()), targets, batch, step.loss().labelSmoothing());
    double weight = step.output().lossWeight();
    DoubleUnaryOperator storage = tape.storage();
    tape.grads()
        .put(step.logits(), Pointwise.map(ce.gradient(), d -> storage.applyAsDouble(weight * d)));
    return weight * ce.loss();
  }

  /** Weights and running statistics by name; live. */
  public Map<String, double[]> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** Gradients of the trained parameters, by name, after the last {@link #step}. */
  public Map<String, double[]> gradients() {
    return Collections.unmodifiableMap(gradients);
  }

  /** A node's output in the last {@link #step}. */
  public double[] value(Node node) {
    return tape.value(node);
  }

  /**
   * The gradient of the loss with respect to a node's output in the last {@link #step}.
   *
   * @throws IllegalArgumentException for the images and for nodes that depend on no trained
   *     parameter
   */
  public double[] gradient(Node node) {
    Grad arrived = arrived(node);
    if (arrived != null && tape.grads().containsKey(arrived)) {
      return tape.grad(arrived);
    }
    // Additions have no backward step: their inputs receive their gradient unchanged.
    List<Node> readers = graph.forward().consumers().of(node);
    if (readers.size() == 1
        && GradientRules.of(readers.get(0).op()).flow() == GradientRules.Flow.IDENTITY) {
      return gradient(readers.get(0));
    }
    throw new IllegalArgumentException(
        "no gradient of node '"
            + node.name()
            + "': run a step first, and ask for nodes that depend on trained parameters");
  }

  // The sum if several consumers send back gradients, else the gradient from the only consumer or
  // the loss.
  private @Nullable Grad arrived(Node node) {
    Grad found = null;
    for (BackwardStep step : graph.backward()) {
      if (step instanceof BackwardStep.LossGradient s && s.output().node() == node) {
        found = s.logits();
      } else if (step instanceof BackwardStep.Sum s && s.total().of() == node) {
        found = s.total();
      } else if (step instanceof BackwardStep.Backward s) {
        int input = s.node().inputs().indexOf(node);
        found = input < 0 || s.dx().get(input) == null ? found : s.dx().get(input);
      }
    }
    return found;
  }

  /**
   * Logits (N, K) of the main output, computed with running statistics; N follows from the number
   * of images.
   *
   * @throws ProgramException if a parameter is missing or has the wrong number of elements
   */
  public static double[] infer(Graph graph, Map<String, double[]> parameters, double[] images) {
    return infer(graph, parameters, images, DoubleUnaryOperator.identity());
  }

  /** As above, but applies {@code storage} to every value except the logits. */
  public static double[] infer(
      Graph graph, Map<String, double[]> parameters, double[] images, DoubleUnaryOperator storage) {
    Graph main = graph.withoutAuxiliary();
    check(main, parameters);
    int batch = Math.toIntExact(images.length / main.inputShape().elements());
    checkLength("images", images.length, batch * main.inputShape().elements());
    Map<Node, double[]> values = new IdentityHashMap<>();
    values.put(main.input(), images);
    for (Node n : main.nodes()) {
      if (n != main.input()) {
        List<double[]> inputs = n.inputs().stream().map(values::get).toList();
        double[] value = Forward.inference(new Call(n, batch, inputs, parameters));
        values.put(n, n == main.logits() ? value : Pointwise.map(value, storage));
      }
    }
    return Objects.requireNonNull(values.get(main.logits()));
  }

  private int correct(double[] logits, double[] targets) {
    int classes = logits.length / batch;
    int correct = 0;
    for (int n = 0; n < batch; n++) {
      correct +=
          largest(logits, n * classes, classes) == largest(targets, n * classes, classes) ? 1 : 0;
    }
    return correct;
  }

  private static int largest(double[] values, int from, int count) {
    int best = 0;
    for (int k = 1; k < count; k++) {
      best = values[from + k] > values[from + best] ? k : best;
    }
    return best;
  }

  static void check(Graph graph, Map<String, double[]> parameters) {
    for (ParamSpec p : graph.params()) {
      double[] value = parameters.get(p.name());
      if (value == null) {
        throw new ProgramException(
            "graph '"
                + graph.name()
                + "': parameter '"
                + p.name()
                + "' is missing; give all of Graph.params()");
      }
      checkLength(
          "parameter '" + p.name() + "' of shape " + p.shape(), value.length, p.shape().elements());
    }
  }

  static void checkLength(String what, long got, long expected) {
    if (got != expected) {
      throw new ProgramException(
          what
              + ": expected "
              + expected
              + " values, got "
              + got
              + "; give them in row-major order");
    }
  }
}
