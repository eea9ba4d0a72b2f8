package dev.fovea.onnx.importer;

import dev.fovea.graph.Initializer;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * One step of a network that is being read, for one image of (C, H, W); a flat vector has H and W
 * of 1. Two layers are equal only if they are the same object.
 */
final class Layer {
  private final Step step;
  private final List<Layer> inputs;
  private final Map<ParamSpec.Role, Supplier<float[]>> params;
  private final int channels;
  private final int height;
  private final int width;

  /**
   * Makes a layer.
   *
   * @param params values of its parameters in Fovea's order, made when they are asked for
   */
  Layer(
      Step step,
      List<Layer> inputs,
      Map<ParamSpec.Role, Supplier<float[]>> params,
      int channels,
      int height,
      int width) {
    this.step = step;
    this.inputs = List.copyOf(inputs);
    this.params = Map.copyOf(params);
    this.channels = channels;
    this.height = height;
    this.width = width;
  }

  Step step() {
    return step;
  }

  List<Layer> inputs() {
    return inputs;
  }

  Map<ParamSpec.Role, Supplier<float[]>> params() {
    return params;
  }

  int channels() {
    return channels;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  /** What a layer computes. */
  sealed interface Step {
    /** An operation of Fovea's. */
    record Plain(Op op) implements Step {}

    /**
     * Padding that the next convolution or pool takes over.
     *
     * @param value what the added cells hold
     * @param edge whether they repeat the cells at the edge in place of it
     */
    record Pad(int top, int left, int bottom, int right, double value, boolean edge)
        implements Step {}

    /**
     * Channels in another order, which the next convolution takes over: BGR in place of RGB.
     *
     * @param from for each channel which one of the input it is
     */
    record Select(List<Integer> from) implements Step {
      public Select {
        from = List.copyOf(from);
      }
    }

    /**
     * scale · (x - mean) + shift for each channel: a bias, or a norm that is spelled out.
     *
     * @param single whether the file has one number for all channels
     */
    record Affine(double[] mean, double[] scale, double[] shift, boolean single) implements Step {
      boolean isShift() {
        for (double s : scale) {
          if (s != 1) {
            return false;
          }
        }
        return true;
      }
    }
  }

  static Layer of(Op op, List<Layer> inputs, int channels, int height, int width) {
    return new Layer(new Step.Plain(op), inputs, Map.of(), channels, height, width);
  }

  Layer input() {
    return inputs.get(0);
  }

  /**
   * Padding with zeros as a layer of its own: a convolution of each channel by a kernel that is 1
   * in one cell, which needs no operation beside those of networks.
   */
  static Layer padded(Layer x, int top, int left, int bottom, int right) {
    int kernelH = top + bottom + 1;
    int kernelW = left + right + 1;
    Window window = new Window(kernelH, kernelW, 1, 1, top + bottom, left + right);
    Initializer zero = new Initializer.Constant(0);
    Op op = new Op.Conv2d(x.channels(), window, x.channels(), false, zero, zero);
    Supplier<float[]> weight =
        () -> {
          float[] all = new float[x.channels() * kernelH * kernelW];
          for (int c = 0; c < x.channels(); c++) {
            all[(c * kernelH + bottom) * kernelW + right] = 1;
          }
          return all;
        };
    return new Layer(
        new Step.Plain(op),
        List.of(x),
        Map.of(ParamSpec.Role.WEIGHT, weight),
        x.channels(),
        x.height() + top + bottom,
        x.width() + left + right);
  }

  /** An operation that leaves the shape as it is. */
  Layer then(Op op) {
    return of(op, List.of(this), channels, height, width);
  }

  boolean is(Class<? extends Op> kind) {
    return step instanceof Step.Plain p && kind.isInstance(p.op());
  }

  /** Whether no value can be below zero. */
  boolean isNonNegative() {
    if (is(Op.Relu.class)) {
      return true;
    }
    boolean keeps = is(Op.MaxPool.class) || is(Op.Concat.class) || is(Op.Dropout.class);
    return keeps && inputs.stream().allMatch(Layer::isNonNegative);
  }
}
