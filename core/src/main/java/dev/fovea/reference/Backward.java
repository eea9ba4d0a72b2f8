package dev.fovea.reference;

import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Computes the gradients of a node's inputs and parameters from that of its output, {@code dy}, in
 * training mode, for every operation.
 *
 * @param y the node's forward output
 * @param gradients receives the gradients of parameters, by name
 */
record Backward(
    Call call, double[] y, double[] dy, long dropoutSeed, Map<String, double[]> gradients) {

  /**
   * The gradients of the inputs, in order.
   *
   * @param wantDx whether the gradient of any input is needed; if not, the list may contain null
   */
  List<double @Nullable []> run(boolean wantDx) {
    Op op = call.node().op();
    if (op instanceof Op.Concat) {
      return List.copyOf(Channels.concatBackward(call, dy));
    } else if (op instanceof Op.Add) {
      return List.of(dy, dy);
    } else if (op instanceof Op.AddRelu) {
      double[] both = Pointwise.reluBackward(y, dy);
      return List.of(both, both);
    } else if (op instanceof Op.Multiply) {
      double[] a = call.inputs().get(0);
      double[] b = call.inputs().get(1);
      return List.of(Pointwise.map(b, dy, (v, d) -> v * d), Pointwise.map(a, dy, (v, d) -> v * d));
    }
    return Collections.<double @Nullable []>singletonList(single(op, wantDx));
  }

  private double @Nullable [] single(Op op, boolean wantDx) {
    if (op instanceof Op.Conv2d o) {
      return new Convolution(call, o).backward(dy, wantDx, gradients);
    } else if (op instanceof Op.BatchNorm o) {
      return new BatchNormalization(call, o).backward(dy, wantDx, gradients);
    } else if (op instanceof Op.BatchNormRelu o) {
      double[] beforeRelu = Pointwise.reluBackward(y, dy);
      return new BatchNormalization(call, o.norm()).backward(beforeRelu, wantDx, gradients);
    } else if (op instanceof Op.Linear o) {
      return linear(o, wantDx);
    } else if (op instanceof Op.Relu) {
      return Pointwise.reluBackward(y, dy);
    } else if (op instanceof Op.Sigmoid) {
      return Pointwise.map(y, dy, (v, d) -> d * v * (1 - v));
    } else if (op instanceof Op.Tanh) {
      return Pointwise.map(y, dy, (v, d) -> d * (1 - v * v));
    } else if (op instanceof Op.Gelu o) {
      return Pointwise.map(call.x(), dy, (v, d) -> d * Gelu.of(o).derivative(v));
    } else if (op instanceof Op.Silu) {
      return Pointwise.map(call.x(), dy, (v, d) -> d * Pointwise.siluDerivative(v));
    } else if (op instanceof Op.MaxPool o) {
      return Pooling.max(call, o).maxBackward(dy);
    } else if (op instanceof Op.AvgPool o) {
      return Pooling.average(call, o).meanBackward(dy);
    } else if (op instanceof Op.GlobalAvgPool || op instanceof Op.AdaptiveAvgPool) {
      return Pooling.adaptive(call).meanBackward(dy);
    } else if (op instanceof Op.Affine o) {
      return Pointwise.map(dy, d -> o.scale() * d);
    } else if (op instanceof Op.Dropout o) {
      return Pointwise.dropout(dy, call.node().name(), o.p(), dropoutSeed);
    } else if (op instanceof Op.StochasticDepth o) {
      return Pointwise.stochasticDepth(call, dy, o.p(), dropoutSeed);
    } else if (op instanceof Op.LocalResponseNorm o) {
      return Channels.localResponseNormBackward(call, o, dy);
    } else if (op instanceof Op.Flatten) {
      return dy;
    } else if (op instanceof Op.PadShortcut o) {
      return Channels.padShortcutBackward(call, o, dy);
    }
    throw new IllegalStateException(
        "no gradient formula for " + op.label() + "; add it to Backward");
  }

  // dW = dyᵀ·x, db = Σ dy, dx = dy·W.
  private double @Nullable [] linear(Op.Linear op, boolean wantDx) {
    int batch = call.batch();
    int features = call.inputShape(0).dim(0);
    int outs = op.outFeatures();
    double[] transposed = Matrix.transposed(dy, batch, outs);
    gradients.put(
        call.name(Role.WEIGHT), Matrix.product(transposed, call.x(), outs, batch, features));
    if (op.bias()) {
      gradients.put(call.name(Role.BIAS), Channels.sumPerChannel(dy, batch, outs, 1));
    }
    return wantDx ? Matrix.product(dy, call.param(Role.WEIGHT), batch, outs, features) : null;
  }
}
