package dev.fovea.analysis;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A group of convolutions that factorizes a larger convolution (Szegedy et al. 2015, arXiv
 * 1512.00567, section 3), and the cost of both.
 *
 * <p>The larger convolution has the receptive field, input channels and number of output channels
 * of the group. Costs are weights and multiply-adds of convolutions, without norms and biases.
 *
 * @param convolutions the group, in order
 * @param replaced the larger convolution's window
 */
public record Factorization(
    Kind kind, List<Node> convolutions, Window replaced, Cost cost, Cost replacedCost) {

  /** How a convolution was factorized. */
  public enum Kind {
    /** A sequence of smaller square convolutions, such as two 3x3 for a 5x5 (section 3.1). */
    SMALLER,
    /** A row and a column in sequence, such as 1x7 and 7x1 for a 7x7 (section 3.2). */
    ASYMMETRIC,
    /** A row and a column in parallel (Figure 7); each computes part of the channels. */
    BESIDE,
    /** A depthwise convolution, then a 1x1 across channels. */
    SEPARABLE
  }

  /** More than three square convolutions in sequence are depth, not a factorization. */
  private static final int LONGEST_RUN = 3;

  /** Copies the list. */
  public Factorization {
    convolutions = List.copyOf(convolutions);
  }

  /** The fraction of multiply-adds saved: 0.28 for two 3x3 in place of a 5x5. */
  public double saved() {
    return 1 - (double) cost.multiplyAdds() / replacedCost.multiplyAdds();
  }

  /** The groups in a network without its auxiliary outputs; no convolution is in more than one. */
  public static List<Factorization> of(Graph graph) {
    Graph main = graph.withoutAuxiliary();
    Consumers consumers = main.consumers();
    Set<Node> taken = new HashSet<>();
    List<Factorization> found = new ArrayList<>();
    for (Node n : main.nodes()) {
      if (n.op() instanceof Op.Conv2d && taken.add(n)) {
        List<Node> chain = new ArrayList<>(List.of(n));
        for (Optional<Node> next = next(n, consumers);
            next.isPresent() && isSpatial(n);
            next = next(next.get(), consumers)) {
          chain.add(next.get());
          if (!isSpatial(next.get())) {
            break;
          }
          taken.add(next.get());
        }
        chain(chain, found);
      }
    }
    beside(main, consumers, found);
    return found;
  }

  private static void chain(List<Node> chain, List<Factorization> found) {
    int i = 0;
    while (i + 1 < chain.size()) {
      Window a = window(chain.get(i));
      Window b = window(chain.get(i + 1));
      int length = 1;
      if (isDepthwise(chain.get(i)) && kernel(b).equals("1x1")) {
        length = 2;
        found.add(sequence(Kind.SEPARABLE, chain.subList(i, i + length)));
      } else if (areTransposed(a, b) && a.strideH() * a.strideW() == 1) {
        length = 2;
        found.add(sequence(Kind.ASYMMETRIC, chain.subList(i, i + length)));
      } else if (a.kernelH() == a.kernelW()) {
        while (length < LONGEST_RUN
            && i + length < chain.size()
            && kernel(window(chain.get(i + length))).equals(kernel(a))) {
          length++;
        }
        if (length > 1) {
          found.add(sequence(Kind.SMALLER, chain.subList(i, i + length)));
        }
      }
      i += length;
    }
  }

  /** Rows and columns that read the same node and are not part of a sequence. */
  private static void beside(Graph graph, Consumers consumers, List<Factorization> found) {
    Set<Node> used = new HashSet<>();
    found.forEach(f -> used.addAll(f.convolutions()));
    for (Node n : graph.nodes()) {
      List<Node> readers =
          consumers.of(n).stream()
              .filter(r -> r.op() instanceof Op.Conv2d && !used.contains(r))
              .toList();
      for (Node a : readers) {
        for (Node b : readers) {
          if (a.id() < b.id() && areTransposed(window(a), window(b)) && used.add(a)) {
            used.add(b);
            int side = Math.max(window(a).kernelH(), window(a).kernelW());
            found.add(
                of(
                    Kind.BESIDE,
                    List.of(a, b),
                    Window.square(side),
                    a.shape().dim(0) + b.shape().dim(0)));
          }
        }
      }
    }
  }

  private static Factorization sequence(Kind kind, List<Node> convolutions) {
    int h = 1;
    int w = 1;
    int strideH = 1;
    int strideW = 1;
    for (Node n : convolutions) {
      Window window = window(n);
      h += (window.kernelH() - 1) * strideH;
      w += (window.kernelW() - 1) * strideW;
      strideH *= window.strideH();
      strideW *= window.strideW();
    }
    Node last = convolutions.get(convolutions.size() - 1);
    return of(kind, convolutions, new Window(h, w, strideH, strideW, 0, 0), last.shape().dim(0));
  }

  private static Factorization of(Kind kind, List<Node> group, Window replaced, int channels) {
    Node first = group.get(0);
    Node last = group.get(group.size() - 1);
    long weights =
        Math.multiplyExact(
            (long) replaced.kernelH() * replaced.kernelW(),
            (long) first.input().shape().dim(0) * channels);
    long positions = (long) last.shape().dim(1) * last.shape().dim(2);
    long own = 0;
    for (Node n : group) {
      own += n.param(ParamSpec.Role.WEIGHT).orElseThrow().shape().elements();
    }
    return new Factorization(
        kind,
        group,
        replaced,
        new Cost(own, Cost.of(group).multiplyAdds()),
        new Cost(weights, Math.multiplyExact(weights, positions)));
  }

  /**
   * The convolution that is the only consumer of this one's output, through norms and activations.
   */
  private static Optional<Node> next(Node convolution, Consumers consumers) {
    Node n = convolution;
    while (consumers.of(n).size() == 1) {
      n = consumers.of(n).get(0);
      if (n.op() instanceof Op.Conv2d c) {
        return c.groups() == 1 ? Optional.of(n) : Optional.empty();
      }
      boolean pointwise =
          n.op() instanceof Op.BatchNorm
              || n.op() instanceof Op.Relu
              || n.op() instanceof Op.Sigmoid
              || n.op() instanceof Op.Tanh
              || n.op() instanceof Op.Gelu
              || n.op() instanceof Op.Silu
              || n.op() instanceof Op.Dropout;
      if (!pointwise) {
        break;
      }
    }
    return Optional.empty();
  }

  private static boolean isSpatial(Node n) {
    return !kernel(window(n)).equals("1x1");
  }

  private static boolean isDepthwise(Node n) {
    int groups = ((Op.Conv2d) n.op()).groups();
    return groups > 1 && groups == n.input().shape().dim(0) && isSpatial(n);
  }

  private static boolean areTransposed(Window a, Window b) {
    return a.kernelH() != a.kernelW()
        && Math.min(a.kernelH(), a.kernelW()) == 1
        && a.kernelH() == b.kernelW()
        && a.kernelW() == b.kernelH();
  }

  private static Window window(Node n) {
    return ((Op.Conv2d) n.op()).window();
  }

  private static String kernel(Window w) {
    return w.kernelH() + "x" + w.kernelW();
  }
}
