package dev.fovea.analysis;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import java.util.Optional;

/** The kinds of weighted layers that the papers count separately. */
public enum LayerKind {
  /** A 1x1 convolution; reduces or projects channels. */
  POINTWISE("1x1"),
  /** A 3x3 convolution. */
  THREE("3x3"),
  /** A 5x5 convolution. */
  FIVE("5x5"),
  /** A 7x7 convolution. */
  SEVEN("7x7"),
  /** Half of a factorized convolution: one row or one column (Szegedy et al. 2015, section 3.2). */
  ROW_OR_COLUMN("1xn, nx1"),
  /** Any other convolution over all channels. */
  OTHER("other nxn"),
  /** A grouped convolution, such as a depthwise one. */
  GROUPED("grouped"),
  /** A linear layer. */
  LINEAR("linear"),
  /** Scale and shift of a batch normalization. */
  NORM("batch norm");

  private final String label;

  LayerKind(String label) {
    this.label = label;
  }

  /** The kind's name in tables. */
  public String label() {
    return label;
  }

  /** The kind of a node; empty if it has no weights. */
  public static Optional<LayerKind> of(Node node) {
    if (node.op() instanceof Op.Linear) {
      return Optional.of(LINEAR);
    } else if (node.op() instanceof Op.BatchNorm || node.op() instanceof Op.BatchNormRelu) {
      return Optional.of(NORM);
    } else if (node.op() instanceof Op.Conv2d c) {
      return Optional.of(c.groups() > 1 ? GROUPED : of(c.window()));
    }
    return Optional.empty();
  }

  private static LayerKind of(Window w) {
    if (w.kernelH() != w.kernelW()) {
      return Math.min(w.kernelH(), w.kernelW()) == 1 ? ROW_OR_COLUMN : OTHER;
    }
    return switch (w.kernelH()) {
      case 1 -> POINTWISE;
      case 3 -> THREE;
      case 5 -> FIVE;
      case 7 -> SEVEN;
      default -> OTHER;
    };
  }
}
