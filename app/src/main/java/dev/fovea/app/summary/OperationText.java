package dev.fovea.app.summary;

import dev.fovea.app.console.Human;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import java.util.stream.Collectors;

/** Formats the operations of a network. */
public final class OperationText {
  private OperationText() {}

  /** The operation with its parameters, such as {@code conv 3x3/2, 64}. */
  public static String of(Op op) {
    if (op instanceof Op.Conv2d c) {
      String groups = c.groups() == 1 ? "" : ", " + c.groups() + " groups";
      return "conv " + window(c.window()) + ", " + c.outChannels() + groups;
    }
    if (op instanceof Op.MaxPool p) {
      return "max pool " + window(p.window());
    }
    if (op instanceof Op.AvgPool p) {
      boolean padded = p.window().padH() > 0 || p.window().padW() > 0;
      return "avg pool " + window(p.window()) + (padded && !p.countPadding() ? ", uncounted" : "");
    }
    if (op instanceof Op.Linear l) {
      return "linear " + l.outFeatures();
    }
    if (op instanceof Op.Dropout d) {
      return "dropout " + Human.rate(d.p());
    }
    if (op instanceof Op.StochasticDepth d) {
      return "stochastic depth " + Human.rate(d.p());
    }
    return words(op.label());
  }

  /** The kernel of a convolution with its stride: {@code 3x3/2}. */
  static String kernel(Op op) {
    return op instanceof Op.Conv2d c ? window(c.window()) : of(op);
  }

  static String window(Window w) {
    String kernel = w.kernelH() + "x" + w.kernelW();
    if (w.strideH() == 1 && w.strideW() == 1) {
      return kernel;
    }
    return kernel
        + "/"
        + (w.strideH() == w.strideW() ? w.strideH() : w.strideH() + "x" + w.strideW());
  }

  /** GlobalAvgPool to "global avg pool". */
  private static String words(String label) {
    return label
        .codePoints()
        .mapToObj(
            c ->
                Character.isUpperCase(c)
                    ? " " + Character.toString(Character.toLowerCase(c))
                    : Character.toString(c))
        .collect(Collectors.joining())
        .strip();
  }
}
