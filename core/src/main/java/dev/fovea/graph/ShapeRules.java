package dev.fovea.graph;

import dev.fovea.tensor.Shape;
import java.util.List;

/**
 * The shape rule of every operation: the input shapes it accepts and its output shape, per image.
 */
final class ShapeRules {
  private ShapeRules() {}

  static Shape outputOf(String name, Op op, List<Node> inputs) {
    if (op instanceof Op.Input o) {
      count(name, op, inputs, 0);
      return image(name, op, o.shape());
    } else if (op instanceof Op.Concat) {
      return concat(name, op, inputs);
    } else if (op instanceof Op.Add || op instanceof Op.AddRelu || op instanceof Op.Multiply) {
      count(name, op, inputs, 2);
      return pair(name, op, inputs);
    }
    count(name, op, inputs, 1);
    Shape in = inputs.get(0).shape();
    if (op instanceof Op.Conv2d o) {
      return conv(name, o, in);
    } else if (op instanceof Op.MaxPool o) {
      return windowed(name, op, image(name, op, in), in.dim(0), o.window(), o.ceil());
    } else if (op instanceof Op.AvgPool o) {
      return windowed(name, op, image(name, op, in), in.dim(0), o.window(), o.ceil());
    } else if (op instanceof Op.GlobalAvgPool) {
      return Shape.of(image(name, op, in).dim(0), 1, 1);
    } else if (op instanceof Op.AdaptiveAvgPool o) {
      return adaptive(name, o, image(name, op, in));
    } else if (op instanceof Op.Linear o) {
      return linear(name, o, in);
    } else if (op instanceof Op.Flatten) {
      return Shape.of(Math.toIntExact(in.elements()));
    } else if (op instanceof Op.PadShortcut o) {
      return padShortcut(name, o, image(name, op, in));
    } else if (op instanceof Op.BatchNorm o) {
      return norm(name, op, o, in);
    } else if (op instanceof Op.BatchNormRelu o) {
      return norm(name, op, o.norm(), in);
    } else if (op instanceof Op.LocalResponseNorm o) {
      if (o.size() < 1 || o.size() % 2 == 0) {
        throw error(name, op, "an odd size", "size " + o.size(), "the papers use 5");
      }
      return image(name, op, in);
    } else if (op instanceof Op.Dropout o) {
      return dropout(name, op, o.p(), in);
    } else if (op instanceof Op.StochasticDepth o) {
      return dropout(name, op, o.p(), in);
    } else if (op instanceof Op.Relu
        || op instanceof Op.Sigmoid
        || op instanceof Op.Tanh
        || op instanceof Op.Gelu
        || op instanceof Op.Silu
        || op instanceof Op.Affine) {
      return in;
    }
    throw new GraphException(
        "node '"
            + name
            + "': operation "
            + op.label()
            + " has no shape rule; add it to ShapeRules");
  }

  private static Shape dropout(String name, Op op, double p, Shape in) {
    if (!(p >= 0 && p < 1)) {
      throw error(name, op, "a probability in [0, 1)", "p " + p, "0 keeps everything");
    }
    return in;
  }

  private static Shape adaptive(String name, Op.AdaptiveAvgPool o, Shape in) {
    if (o.outH() < 1 || o.outW() < 1) {
      throw error(
          name,
          o,
          "an output of at least 1x1",
          o.outH() + "x" + o.outW(),
          "choose a positive size");
    }
    return Shape.of(in.dim(0), o.outH(), o.outW());
  }

  private static Shape pair(String name, Op op, List<Node> inputs) {
    Shape a = inputs.get(0).shape();
    Shape b = inputs.get(1).shape();
    if (!a.equals(b)) {
      throw error(
          name,
          op,
          "two inputs of equal shape",
          a
              + " from '"
              + inputs.get(0).name()
              + "' and "
              + b
              + " from '"
              + inputs.get(1).name()
              + "'",
          "give the shortcut a projection or the same stride as the branch");
    }
    return a;
  }

  private static Shape conv(String name, Op.Conv2d o, Shape in) {
    image(name, o, in);
    int c = in.dim(0);
    if (o.outChannels() < 1) {
      throw error(
          name, o, "at least 1 output channel", o.outChannels() + "", "give a positive number");
    }
    if (o.groups() < 1 || c % o.groups() != 0 || o.outChannels() % o.groups() != 0) {
      throw error(
          name,
          o,
          "groups that divide both numbers of channels",
          "groups "
              + o.groups()
              + " for "
              + c
              + " input and "
              + o.outChannels()
              + " output channels",
          "use 1 or a common divisor");
    }
    return windowed(name, o, in, o.outChannels(), o.window(), false);
  }

  private static Shape windowed(
      String name, Op op, Shape in, int channels, Window w, boolean ceil) {
    int h = w.outH(in.dim(1), ceil);
    int v = w.outW(in.dim(2), ceil);
    if (h < 1 || v < 1) {
      throw error(
          name,
          op,
          "an input that the window " + w + " fits into",
          in.toString(),
          "use a larger image or a network with fewer strides");
    }
    return Shape.of(channels, h, v);
  }

  private static Shape linear(String name, Op.Linear o, Shape in) {
    if (in.rank() != 1) {
      throw error(name, o, "a flat input (F)", in.toString(), "insert a flatten before this node");
    }
    if (o.outFeatures() < 1) {
      throw error(name, o, "at least 1 output", o.outFeatures() + "", "give a positive number");
    }
    return Shape.of(o.outFeatures());
  }

  private static Shape padShortcut(String name, Op.PadShortcut o, Shape in) {
    int extra = o.outChannels() - in.dim(0);
    if (o.stride() < 1 || extra < 0 || o.before() < 0 || o.before() > extra) {
      throw error(
          name,
          o,
          "a stride of at least 1 and zero channels that make up outChannels",
          o + " for input " + in,
          "outChannels must be at least the input's channels, and before at most their difference");
    }
    return Shape.of(
        o.outChannels(), (in.dim(1) - 1) / o.stride() + 1, (in.dim(2) - 1) / o.stride() + 1);
  }

  private static Shape norm(String name, Op op, Op.BatchNorm o, Shape in) {
    if (!(o.epsilon() > 0) || !(o.momentum() >= 0 && o.momentum() <= 1)) {
      throw error(
          name,
          op,
          "epsilon above 0 and momentum in [0, 1]",
          "epsilon " + o.epsilon() + ", momentum " + o.momentum(),
          "momentum is the weight of the new batch, as in PyTorch");
    }
    return in;
  }

  private static Shape concat(String name, Op op, List<Node> inputs) {
    if (inputs.isEmpty()) {
      throw error(name, op, "at least one input", "none", "list the branches");
    }
    Shape first = image(name, op, inputs.get(0).shape());
    int channels = 0;
    for (Node n : inputs) {
      Shape s = image(name, op, n.shape());
      if (s.dim(1) != first.dim(1) || s.dim(2) != first.dim(2)) {
        throw error(
            name,
            op,
            "branches of equal height and width",
            first + " from '" + inputs.get(0).name() + "' and " + s + " from '" + n.name() + "'",
            "check stride, padding and ceil of the branch");
      }
      channels = Math.addExact(channels, s.dim(0));
    }
    return Shape.of(channels, first.dim(1), first.dim(2));
  }

  private static Shape image(String name, Op op, Shape s) {
    if (s.rank() != 3) {
      throw error(name, op, "an image (C, H, W)", s.toString(), "do not flatten before this node");
    }
    return s;
  }

  private static void count(String name, Op op, List<Node> inputs, int expected) {
    if (inputs.size() != expected) {
      throw error(name, op, expected + " inputs", inputs.size() + "", "pass the right nodes");
    }
  }

  private static GraphException error(
      String name, Op op, String expected, String got, String advice) {
    return new GraphException(
        "node '"
            + name
            + "' ("
            + op.label()
            + "): expected "
            + expected
            + ", got "
            + got
            + "; "
            + advice);
  }
}
