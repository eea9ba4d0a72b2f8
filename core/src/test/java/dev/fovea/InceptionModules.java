package dev.fovea;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.util.List;

/**
 * Pairs of Inception modules with every kind of branch in the papers, narrow enough for the
 * interpreter; test cases for the optimizations around concatenations.
 */
public final class InceptionModules {
  private static final Window ONE = Window.square(1);
  private static final Window THREE = Window.square(3).pad(1);
  private static final Window HALVE = Window.square(3).stride(2).pad(1);

  private final GraphBuilder g;
  private boolean bias;
  private boolean norms = true;

  private InceptionModules(String name) {
    this.g = new GraphBuilder(name);
  }

  /** All networks. */
  public static List<Graph> all() {
    return List.of(googlenet(), withoutNorms(), passThrough(), factorised(), oddWidths());
  }

  /**
   * GoogLeNet: 1x1, 3x3, narrow 3x3, max pool with projection; an auxiliary head between the
   * modules.
   */
  public static Graph googlenet() {
    InceptionModules m = new InceptionModules("googlenet_modules");
    Node x = m.stem(32);
    Node first = m.googlenet("a", x, 32, 24);
    Node aux = m.head("aux", first);
    m.g.output(m.head("fc", m.googlenet("b", first, 16, 32)), 1).output(aux, 0.3);
    return m.g.build();
  }

  /** GoogLeNet as in the paper: biases, no batch norm. */
  public static Graph withoutNorms() {
    InceptionModules m = new InceptionModules("paper_modules");
    m.norms = false;
    m.bias = true;
    return m.g.build(m.head("fc", m.googlenet("b", m.googlenet("a", m.stem(16), 16, 16), 16, 24)));
  }

  /** BN-Inception: biases before batch norm, average pools, and a max pool without projection. */
  public static Graph passThrough() {
    InceptionModules m = new InceptionModules("bn_inception_modules");
    m.bias = true;
    Node x = m.stem(32);
    Node one = m.conv("a.1x1", x, 16, ONE);
    Node three = m.conv("a.3x3", m.conv("a.3x3_reduce", x, 16, ONE), 32, THREE);
    Node twice = m.conv("a.double_1", m.conv("a.double_reduce", x, 32, ONE), 16, THREE);
    twice = m.conv("a.double_2", twice, 16, THREE);
    Node pool = m.g.avgPool("a.pool", x, new Op.AvgPool(THREE, false, true));
    Node a = m.g.concat("a", List.of(one, three, twice, m.conv("a.pool_proj", pool, 16, ONE)));
    Node strided = m.conv("b.3x3", m.conv("b.3x3_reduce", a, 16, ONE), 32, HALVE);
    Node both = m.conv("b.double_1", m.conv("b.double_reduce", a, 16, ONE), 32, THREE);
    both = m.conv("b.double_2", both, 16, HALVE);
    Node passed = m.g.maxPool("b.pool", a, HALVE, false);
    return m.g.build(m.head("fc", m.g.concat("b", List.of(strided, both, passed))));
  }

  /** Inception-v3: parallel 1x3 and 3x1, a concatenation inside a concatenation. */
  public static Graph factorised() {
    InceptionModules m = new InceptionModules("inception_v3_modules");
    Node x = m.stem(16);
    Node one = m.conv("a.branch1x1", x, 16, ONE);
    Node split = m.split("a.branch3x3", m.conv("a.branch3x3_1", x, 16, ONE));
    Node twice = m.conv("a.double_2", m.conv("a.double_1", x, 16, ONE), 16, THREE);
    Node pool = m.g.avgPool("a.pool", x, new Op.AvgPool(THREE, false, true));
    Node a =
        m.g.concat(
            "a",
            List.of(one, split, m.split("a.double_3", twice), m.conv("a.proj", pool, 16, ONE)));
    Node b = m.conv("b.3x3", a, 16, HALVE);
    Node passed = m.g.maxPool("b.pool", a, HALVE, false);
    return m.g.build(m.head("fc", m.g.concat("b", List.of(b, passed))));
  }

  /** Branches whose channels do not fill whole blocks, and one with a second reader. */
  public static Graph oddWidths() {
    InceptionModules m = new InceptionModules("odd_modules");
    Node x = m.stem(16);
    Node a = m.googlenet("a", x, 12, 20);
    Node read = m.conv("b.read", a, 16, THREE);
    Node other = m.conv("b.other", read, 32, THREE);
    return m.g.build(m.head("fc", m.g.concat("b", List.of(read, other, read))));
  }

  private Node stem(int channels) {
    Node in = g.input(Shape.of(3, 10, 10));
    return conv("stem", in, channels, THREE);
  }

  private Node googlenet(String name, Node in, int width, int reduction) {
    Node one = conv(name + ".branch1", in, width, ONE);
    Node two = conv(name + ".branch2.1", conv(name + ".branch2.0", in, 32, ONE), width, THREE);
    Node three =
        conv(name + ".branch3.1", conv(name + ".branch3.0", in, reduction, ONE), 16, THREE);
    Node pool = g.maxPool(name + ".branch4.0", in, THREE, true);
    return g.concat(name, List.of(one, two, three, conv(name + ".branch4.1", pool, 16, ONE)));
  }

  private Node split(String name, Node in) {
    Node row = conv(name + "a", in, 16, Window.of(1, 3).pad(0, 1));
    return g.concat(name, List.of(row, conv(name + "b", in, 32, Window.of(3, 1).pad(1, 0))));
  }

  private Node conv(String name, Node x, int channels, Window window) {
    Op.Conv2d op = Op.Conv2d.of(channels, window);
    op = bias ? op.withBias(new Initializer.Constant(0.1)) : op;
    Node y = g.conv(name + ".conv", x, op);
    if (norms) {
      y = g.batchNorm(name + ".bn", y, new Op.BatchNorm(1e-3, 0.1, new Initializer.Constant(1)));
    }
    return g.relu(name + ".relu", y);
  }

  private Node head(String name, Node x) {
    Node flat = g.flatten(name + ".flatten", g.globalAvgPool(name + ".pool", x));
    return g.linear(name, flat, 7);
  }
}
