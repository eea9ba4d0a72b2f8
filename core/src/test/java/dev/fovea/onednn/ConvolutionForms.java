package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Small networks with every form in which an engine may fuse, place or leave out a part of a
 * convolution. Their convolutions have enough channels to be computed by the fast algorithm, their
 * maps of 9x7 no whole number of tiles.
 */
final class ConvolutionForms {
  private static final Window THREE = Window.square(3).pad(1);
  private static final Window FIVE = Window.square(5).pad(2);
  private static final int WIDTH = 32;

  private final GraphBuilder b;

  private ConvolutionForms(String name) {
    this.b = new GraphBuilder(name);
  }

  /** All networks. */
  static List<Graph> all() {
    List<Graph> all = new ArrayList<>();
    for (Window window :
        List.of(THREE, FIVE, Window.of(1, 7).pad(0, 3), Window.of(3, 1).pad(1, 0))) {
      all.add(chain("bias and relu, " + window, window, true, false));
      all.add(chain("norm and relu, " + window, window, false, true));
    }
    all.add(form("bias", f -> f.conv("a", f.stem(), WIDTH, THREE, true)));
    all.add(form("norm", f -> f.norm("n", f.conv("a", f.stem(), WIDTH, THREE, false))));
    all.add(form("bias, norm", f -> f.norm("n", f.conv("a", f.stem(), WIDTH, FIVE, true))));
    all.add(form("residual", f -> f.residual(false, false)));
    all.add(form("residual with relu", f -> f.residual(false, true)));
    all.add(form("residual with norm", f -> f.residual(true, false)));
    all.add(form("residual with norm and relu", f -> f.residual(true, true)));
    all.add(form("sum with its own source", ConvolutionForms::oneConvolutionBlock));
    all.add(form("preactivation", ConvolutionForms::preactivation));
    all.add(form("concatenation, norms", f -> f.modules(32, true)));
    all.add(form("concatenation, biases", f -> f.modules(32, false)));
    all.add(form("concatenation, odd widths", f -> f.modules(24, true)));
    all.add(form("nested concatenation", ConvolutionForms::nested));
    all.add(form("two consumers", ConvolutionForms::twoConsumers));
    all.add(form("first convolution", f -> f.first(32)));
    return all;
  }

  private static Graph form(String name, Body body) {
    ConvolutionForms f = new ConvolutionForms(name);
    return f.b.build(f.b.linear("fc", f.b.flatten("flat", body.apply(f)), 5));
  }

  private interface Body {
    Node apply(ConvolutionForms forms);
  }

  private static Graph chain(String name, Window window, boolean bias, boolean norm) {
    return form(
        name,
        f -> {
          Node x = f.conv("a", f.stem(), 48, window, bias);
          x = f.b.relu("a.relu", norm ? f.norm("a.bn", x) : x);
          x = f.conv("b", x, WIDTH, window, bias);
          return f.b.relu("b.relu", norm ? f.norm("b.bn", x) : x);
        });
  }

  private Node stem() {
    Node x = conv("stem", b.input(Shape.of(3, 9, 7)), WIDTH, Window.square(1), false);
    return b.relu("stem.relu", norm("stem.bn", x));
  }

  private Node conv(String name, Node x, int out, Window window, boolean bias) {
    Op.Conv2d op = Op.Conv2d.of(out, window);
    return b.conv(name, x, bias ? op.withBias(new Initializer.Constant(0)) : op);
  }

  private Node norm(String name, Node x) {
    return b.batchNorm(name, x, Op.BatchNorm.standard());
  }

  private Node unit(String name, Node x, int out, Window window, boolean norm) {
    Node y = conv(name, x, out, window, !norm);
    return b.relu(name + ".relu", norm ? norm(name + ".bn", y) : y);
  }

  private Node residual(boolean norm, boolean relu) {
    Node x = stem();
    for (String block : List.of("a", "b")) {
      Node y = unit(block + ".1", x, WIDTH, THREE, norm);
      y = conv(block + ".2", y, WIDTH, THREE, !norm);
      y = b.add(block + ".add", norm ? norm(block + ".2.bn", y) : y, x);
      x = relu ? b.relu(block + ".relu", y) : y;
    }
    return x;
  }

  // The convolution reads the tensor to which its own result is added.
  private Node oneConvolutionBlock() {
    Node x = stem();
    for (String block : List.of("a", "b")) {
      Node y = norm(block + ".bn", conv(block, x, WIDTH, THREE, false));
      x = b.relu(block + ".relu", b.add(block + ".add", y, x));
    }
    return x;
  }

  private Node preactivation() {
    Node x = conv("first", stem(), WIDTH, THREE, false);
    for (String block : List.of("a", "b")) {
      Node y = b.relu(block + ".relu", norm(block + ".bn", x));
      x = b.add(block + ".add", conv(block, y, WIDTH, THREE, false), x);
    }
    return b.relu("last.relu", norm("last.bn", x));
  }

  private Node modules(int width, boolean norm) {
    return module("b", module("a", stem(), width, norm), width, norm);
  }

  private Node module(String name, Node x, int width, boolean norm) {
    Node one = unit(name + ".1", x, width, Window.square(1), norm);
    Node three =
        unit(name + ".3", unit(name + ".3r", x, 32, Window.square(1), norm), 48, THREE, norm);
    Node five =
        unit(name + ".5", unit(name + ".5r", x, 16, Window.square(1), norm), width, FIVE, norm);
    Node pool = b.maxPool(name + ".pool", x, THREE, false);
    // A branch whose only convolution is a fast one.
    return b.concat(name, List.of(one, three, five, unit(name + ".p", pool, 16, THREE, norm)));
  }

  private Node nested() {
    Node x = stem();
    Node y = unit("a", x, 32, THREE, true);
    Node pair =
        b.concat(
            "pair",
            List.of(
                unit("row", y, 32, Window.of(1, 3).pad(0, 1), true),
                unit("column", y, 48, Window.of(3, 1).pad(1, 0), true)));
    Node whole = b.concat("whole", List.of(unit("one", x, 16, Window.square(1), true), pair));
    return unit("last", whole, 32, THREE, true);
  }

  private Node twoConsumers() {
    Node x = conv("shared", stem(), WIDTH, THREE, false);
    Node left = unit("left", x, WIDTH, THREE, true);
    Node right = unit("right", x, 48, FIVE, true);
    Node sum = b.add("sum", left, b.relu("plain", norm("plain.bn", x)));
    return b.concat("all", List.of(sum, right, unit("again", right, 16, THREE, true)));
  }

  private Node first(int channels) {
    Node in = b.input(Shape.of(channels, 9, 7));
    return b.concat(
        "both", List.of(unit("a", in, 48, THREE, true), unit("b", in, 32, FIVE, false)));
  }
}
