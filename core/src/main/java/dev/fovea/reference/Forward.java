package dev.fovea.reference;

import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;

/** Computes the output of one node, for every operation. */
final class Forward {
  private Forward() {}

  /** Uses batch statistics and dropout; updates running statistics. */
  static double[] training(Call call, long dropoutSeed) {
    Op op = call.node().op();
    if (op instanceof Op.BatchNorm o) {
      return new BatchNormalization(call, o).training();
    } else if (op instanceof Op.BatchNormRelu o) {
      return Pointwise.relu(new BatchNormalization(call, o.norm()).training());
    } else if (op instanceof Op.Dropout o) {
      return Pointwise.dropout(call.x(), call.node().name(), o.p(), dropoutSeed);
    } else if (op instanceof Op.StochasticDepth o) {
      return Pointwise.stochasticDepth(call, call.x(), o.p(), dropoutSeed);
    }
    return same(call);
  }

  /** Uses running statistics and no dropout. */
  static double[] inference(Call call) {
    Op op = call.node().op();
    if (op instanceof Op.BatchNorm o) {
      return new BatchNormalization(call, o).inference();
    } else if (op instanceof Op.BatchNormRelu o) {
      return Pointwise.relu(new BatchNormalization(call, o.norm()).inference());
    } else if (op instanceof Op.Dropout || op instanceof Op.StochasticDepth) {
      return call.x();
    }
    return same(call);
  }

  // Operations that are the same in training and inference.
  private static double[] same(Call call) {
    Op op = call.node().op();
    double[] x = call.x();
    if (op instanceof Op.Conv2d o) {
      return new Convolution(call, o).forward();
    } else if (op instanceof Op.Relu) {
      return Pointwise.relu(x);
    } else if (op instanceof Op.Sigmoid) {
      return Pointwise.map(x, v -> 1 / (1 + Math.exp(-v)));
    } else if (op instanceof Op.Tanh) {
      return Pointwise.map(x, Math::tanh);
    } else if (op instanceof Op.Gelu o) {
      return Pointwise.map(x, Gelu.of(o)::value);
    } else if (op instanceof Op.Silu) {
      return Pointwise.map(x, v -> v / (1 + Math.exp(-v)));
    } else if (op instanceof Op.MaxPool o) {
      return Pooling.max(call, o).maxForward();
    } else if (op instanceof Op.AvgPool o) {
      return Pooling.average(call, o).meanForward();
    } else if (op instanceof Op.GlobalAvgPool || op instanceof Op.AdaptiveAvgPool) {
      return Pooling.adaptive(call).meanForward();
    } else if (op instanceof Op.Concat) {
      return Channels.concat(call);
    } else if (op instanceof Op.Add) {
      return Pointwise.map(x, call.inputs().get(1), Double::sum);
    } else if (op instanceof Op.AddRelu) {
      return Pointwise.relu(Pointwise.map(x, call.inputs().get(1), Double::sum));
    } else if (op instanceof Op.Multiply) {
      return Pointwise.map(x, call.inputs().get(1), (a, b) -> a * b);
    } else if (op instanceof Op.Affine o) {
      return Pointwise.map(x, v -> o.scale() * v + o.shift());
    } else if (op instanceof Op.Linear o) {
      return linear(call, o);
    } else if (op instanceof Op.LocalResponseNorm o) {
      return Channels.localResponseNorm(call, o);
    } else if (op instanceof Op.Flatten) {
      return x;
    } else if (op instanceof Op.PadShortcut o) {
      return Channels.padShortcut(call, o);
    }
    throw new IllegalStateException("no forward formula for " + op.label() + "; add it to Forward");
  }

  private static double[] linear(Call call, Op.Linear op) {
    int features = call.inputShape(0).dim(0);
    double[] transposed = Matrix.transposed(call.param(Role.WEIGHT), op.outFeatures(), features);
    double[] y = Matrix.product(call.x(), transposed, call.batch(), features, op.outFeatures());
    if (op.bias()) {
      Channels.addPerChannel(y, call.param(Role.BIAS), call.batch(), 1);
    }
    return y;
  }
}
