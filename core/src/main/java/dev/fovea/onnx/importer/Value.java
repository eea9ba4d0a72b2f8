package dev.fovea.onnx.importer;

import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxTensor;
import java.util.ArrayList;
import java.util.List;

/** A value while a model is read: known, what a layer computes, or what cannot be read. */
sealed interface Value {
  /** The axes of images in the order in which Fovea has them. */
  enum Axis {
    N,
    C,
    H,
    W
  }

  /**
   * One channel of a layer, scaled and shifted: exporters take images apart into channels to
   * normalize each of them.
   *
   * @param rank the number of axes of the model's tensor
   */
  record Channel(Map whole, int channel, double scale, double shift, int rank) implements Value {}

  /** A constant. */
  record Known(OnnxTensor tensor) implements Value {}

  /** Probabilities of classes: the softmax of logits, after which a network ends. */
  record Scores(Map logits) implements Value {}

  /**
   * scale · erf(x / √2) + shift, or the same of a hyperbolic tangent's argument that approximates
   * it: what a GELU multiplies its input by. Nothing else may read it.
   *
   * @param of x with its axes
   * @param tanh whether it is the approximation
   */
  record GeluFactor(Map of, double scale, double shift, boolean tanh) implements Value {}

  /** What cannot be read; a fault only if the network's output needs it. */
  record Unread(OnnxException fault) implements Value {}

  /**
   * What a layer computes, with its axes in the model's order: a transposition only renames them,
   * and a flattening joins several.
   *
   * @param axes for each axis of the model's tensor those of the layer that it joins; none for an
   *     axis of size 1 that the model added
   */
  record Map(Layer layer, List<List<Axis>> axes, int batch) implements Value {
    public Map {
      axes = List.copyOf(axes);
    }

    static Map nchw(Layer layer, int batch) {
      return new Map(
          layer,
          List.of(List.of(Axis.N), List.of(Axis.C), List.of(Axis.H), List.of(Axis.W)),
          batch);
    }

    static Map flat(Layer layer, int batch) {
      return new Map(layer, List.of(List.of(Axis.N), List.of(Axis.C)), batch);
    }

    long size(Axis axis) {
      return switch (axis) {
        case N -> batch;
        case C -> layer.channels();
        case H -> layer.height();
        case W -> layer.width();
      };
    }

    long size(List<Axis> joined) {
      return joined.stream().mapToLong(this::size).reduce(1, Math::multiplyExact);
    }

    List<Long> dims() {
      return axes.stream().map(this::size).toList();
    }

    Map with(Layer other) {
      return new Map(other, axes, batch);
    }

    /** Where the channels are, if they are an axis of their own. */
    int channelAxis() {
      for (int i = 0; i < axes.size(); i++) {
        if (axes.get(i).equals(List.of(Axis.C))) {
          return i;
        }
      }
      return -1;
    }

    /** The same axes but for those of size 1, which may be anywhere. */
    List<Axis> order() {
      List<Axis> order = new ArrayList<>();
      axes.forEach(a -> a.stream().filter(x -> x == Axis.N || size(x) > 1).forEach(order::add));
      return order;
    }

    /** Whether its axes are (N, C, H, W) but for axes of size 1. */
    boolean isNchw() {
      List<Axis> order = order();
      return order.stream().sorted().toList().equals(order)
          && axes.stream().allMatch(a -> a.size() <= 1)
          && axes.size() == 4;
    }
  }
}
