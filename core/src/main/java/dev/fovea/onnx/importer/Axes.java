package dev.fovea.onnx.importer;

import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.importer.Value.Axis;
import java.util.ArrayList;
import java.util.List;

/**
 * Transpositions and reshapings, which compute nothing: they change the order in which a value's
 * axes are seen, and cancel each other when the next layer asks for its own.
 */
final class Axes {
  private Axes() {}

  static Value transpose(Reading r) {
    Value.Map m = r.map(0);
    List<Integer> perm = ConstantOperators.permutation(r, m.axes().size());
    List<List<Axis>> axes = perm.stream().map(p -> m.axes().get(p)).toList();
    return new Value.Map(m.layer(), axes, m.batch());
  }

  static Value flatten(Reading r) {
    Value.Map m = r.map(0);
    int axis = r.small("axis", 1);
    List<Long> dims = m.dims();
    int at = axis < 0 ? axis + dims.size() : axis;
    if (at < 0 || at > dims.size()) {
      throw new Unsupported("its axis " + axis + " is not among " + dims.size());
    }
    long outer = dims.subList(0, at).stream().reduce(1L, Math::multiplyExact);
    long inner = dims.subList(at, dims.size()).stream().reduce(1L, Math::multiplyExact);
    return reshape(m, List.of(outer, inner));
  }

  static Value squeeze(Reading r) {
    Value.Map m = r.map(0);
    List<Long> dims = m.dims();
    List<Integer> axes =
        ConstantOperators.axes(r).stream()
            .map(a -> ConstantOperators.axis(a, dims.size()))
            .toList();
    List<List<Axis>> kept = new ArrayList<>();
    for (int i = 0; i < dims.size(); i++) {
      boolean batch = m.axes().get(i).contains(Axis.N);
      boolean drop = axes.isEmpty() ? dims.get(i) == 1 && !batch : axes.contains(i);
      if (drop && (dims.get(i) != 1 || batch)) {
        throw new Unsupported("it squeezes axis " + i + " of " + dims);
      } else if (!drop) {
        kept.add(m.axes().get(i));
      }
    }
    return new Value.Map(m.layer(), kept, m.batch());
  }

  static Value unsqueeze(Reading r) {
    Value.Map m = r.map(0);
    List<Long> axes = ConstantOperators.axes(r);
    int rank = m.axes().size() + axes.size();
    List<List<Axis>> all = new ArrayList<>(m.axes());
    axes.stream()
        .map(a -> ConstantOperators.axis(a, rank))
        .sorted()
        .forEach(a -> all.add(Math.min(a, all.size()), List.of()));
    return new Value.Map(m.layer(), all, m.batch());
  }

  /** Splits and joins axes; the order of the elements stays. */
  static Value reshape(Value.Map m, List<Long> dims) {
    List<Axis> order = m.order();
    List<List<Axis>> axes = new ArrayList<>();
    int next = 0;
    for (long d : dims) {
      List<Axis> joined = new ArrayList<>();
      long size = 1;
      // The batch is an axis of its own even if it is 1.
      if (next < order.size() && order.get(next) == Axis.N && d == m.batch()) {
        axes.add(List.of(order.get(next++)));
        continue;
      }
      while (size < d && next < order.size()) {
        size *= m.size(order.get(next));
        joined.add(order.get(next++));
      }
      if (size != d || joined.contains(Axis.N)) {
        throw new Unsupported(
            "it reshapes " + m.dims() + " to " + dims + ", which cuts an axis in parts");
      }
      axes.add(joined);
    }
    if (next != order.size()) {
      throw new Unsupported("it reshapes " + m.dims() + " to " + dims);
    }
    return new Value.Map(m.layer(), named(m, axes), m.batch());
  }

  /** Gives axes of size 1 back to channels of size 1, which other layers look for. */
  private static List<List<Axis>> named(Value.Map m, List<List<Axis>> axes) {
    if (axes.size() == 4) {
      List<List<Axis>> all = new ArrayList<>(axes);
      List<List<Axis>> nchw = Value.Map.nchw(m.layer(), m.batch()).axes();
      boolean same = true;
      for (int i = 0; i < all.size(); i++) {
        same &= all.get(i).equals(nchw.get(i)) || all.get(i).isEmpty() && m.size(nchw.get(i)) == 1;
      }
      return same ? nchw : axes;
    }
    return axes;
  }

  /** The weights of a linear layer, (outputs, inputs), for inputs in the order C, H, W. */
  static OnnxTensor inOurOrder(Value.Map m, OnnxTensor w) {
    List<Axis> order = m.order().stream().filter(a -> a != Axis.N).toList();
    List<Axis> ours = order.stream().sorted().toList();
    if (order.equals(ours)) {
      return w;
    }
    List<Long> dims = new ArrayList<>(List.of(w.dims().get(0)));
    order.forEach(a -> dims.add(m.size(a)));
    List<Integer> perm = new ArrayList<>(List.of(0));
    ours.forEach(a -> perm.add(1 + order.indexOf(a)));
    return Constants.reshaped(Constants.transposed(Constants.reshaped(w, dims), perm), w.dims());
  }
}
