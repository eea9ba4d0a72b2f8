package dev.fovea.onnx.importer;

import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Folds nodes whose inputs are all known; shapes of values that depend on the image are known. */
final class ConstantOperators {
  private ConstantOperators() {}

  /** The result; empty if there is no rule for the operator. */
  static Optional<OnnxTensor> fold(Reading r) {
    return switch (r.node().operator()) {
      case "Constant" -> Optional.of(constant(r));
      case "ConstantOfShape" -> Optional.of(constantOfShape(r));
      case "Identity", "Dropout" -> Optional.of(r.constant(0));
      case "Cast" -> Optional.of(Constants.cast(r.constant(0), type(r)));
      case "Shape" -> Optional.of(shape(r, r.constant(0).dims()));
      case "Add" -> binary(r, Double::sum, Long::sum);
      case "Sub" -> binary(r, (a, b) -> a - b, (a, b) -> a - b);
      case "Mul" -> binary(r, (a, b) -> a * b, (a, b) -> a * b);
      case "Div" -> binary(r, (a, b) -> a / b, ConstantOperators::divide);
      case "Pow" -> binary(r, Math::pow, (a, b) -> (long) Math.pow(a, b));
      case "Max" -> binary(r, Math::max, Math::max);
      case "Min" -> binary(r, Math::min, Math::min);
      case "Sqrt" -> Optional.of(Constants.unary(r.reals(0), Math::sqrt));
      case "Reciprocal" -> Optional.of(Constants.unary(r.reals(0), x -> 1 / x));
      case "Exp" -> Optional.of(Constants.unary(r.reals(0), Math::exp));
      case "Neg" -> Optional.of(negative(r.constant(0)));
      case "Floor" -> Optional.of(Constants.unary(r.reals(0), Math::floor));
      case "Ceil" -> Optional.of(Constants.unary(r.reals(0), Math::ceil));
      case "Reshape" -> Optional.of(reshape(r));
      case "Transpose" -> Optional.of(transpose(r));
      case "Unsqueeze" -> Optional.of(unsqueeze(r));
      case "Squeeze" -> Optional.of(squeeze(r));
      case "Flatten" -> Optional.of(flatten(r));
      case "Concat" -> Optional.of(concat(r));
      case "Gather" -> Optional.of(gather(r));
      case "Slice" -> Optional.of(slice(r));
      case "Expand" -> Optional.of(expand(r));
      default -> Optional.empty();
    };
  }

  private static Optional<OnnxTensor> binary(
      Reading r,
      java.util.function.DoubleBinaryOperator real,
      java.util.function.LongBinaryOperator whole) {
    return Optional.of(Constants.binary(r.constant(0), r.constant(1), real, whole));
  }

  private static long divide(long a, long b) {
    if (b == 0) {
      throw new Unsupported("it divides by zero");
    }
    return a / b;
  }

  private static OnnxTensor negative(OnnxTensor t) {
    OnnxTensor zero = Constants.reshaped(Constants.longs(0), List.of());
    return t.type().isReal()
        ? Constants.unary(t, x -> -x)
        : Constants.binary(zero, t, (a, b) -> a - b, (a, b) -> a - b);
  }

  private static OnnxTensor constant(Reading r) {
    if (r.attributes().containsKey("value")) {
      return r.tensor("value").orElseThrow();
    } else if (r.attributes().containsKey("value_int")) {
      return Constants.reshaped(Constants.longs(r.whole("value_int", 0)), List.of());
    } else if (r.attributes().containsKey("value_ints")) {
      return Constants.longs(
          r.list("value_ints").orElseThrow().stream().mapToLong(Long::longValue).toArray());
    } else if (r.attributes().containsKey("value_float")) {
      float[] value = {(float) r.real("value_float", 0)};
      return new OnnxTensor("", OnnxType.FLOAT, List.of(), () -> value);
    }
    throw new Unsupported("it holds a constant of the kind " + r.attributes().keySet());
  }

  private static OnnxTensor constantOfShape(Reading r) {
    float[] zero = {0};
    OnnxTensor value =
        r.tensor("value").orElse(new OnnxTensor("", OnnxType.FLOAT, List.of(1L), () -> zero));
    return Constants.filled(value, r.wholes(0));
  }

  static OnnxType type(Reading r) {
    long number = r.whole("to", 0);
    return OnnxType.numbered(number)
        .orElseThrow(() -> new Unsupported("it casts to the type " + number));
  }

  static OnnxTensor shape(Reading r, List<Long> dims) {
    int rank = dims.size();
    int start = axisOrEnd(r.small("start", 0), rank);
    int end = axisOrEnd(r.small("end", rank), rank);
    return Constants.longs(
        dims.subList(start, Math.max(start, end)).stream().mapToLong(Long::longValue).toArray());
  }

  private static int axisOrEnd(int axis, int rank) {
    return Math.max(0, Math.min(rank, axis < 0 ? axis + rank : axis));
  }

  static int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw new Unsupported("its axis " + axis + " is not among " + rank);
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  private static OnnxTensor reshape(Reading r) {
    OnnxTensor t = r.constant(0);
    return Constants.reshaped(t, target(r, t.dims()));
  }

  /** The sizes that Reshape asks for: 0 keeps a size, -1 is what remains. */
  static List<Long> target(Reading r, List<Long> from) {
    List<Long> wanted =
        r.listOrInput("shape", 1).orElseThrow(() -> new Unsupported("its shape is missing"));
    boolean zeros = r.whole("allowzero", 0) != 0;
    List<Long> dims = new ArrayList<>();
    long known = 1;
    for (int i = 0; i < wanted.size(); i++) {
      long d = wanted.get(i) == 0 && !zeros && i < from.size() ? from.get(i) : wanted.get(i);
      if (d < -1 || d > Constants.MOST_ELEMENTS) {
        throw new Unsupported("it reshapes to " + wanted);
      }
      dims.add(d);
      known = d == -1 ? known : Math.multiplyExact(known, Math.min(d, 1L << 31));
      if (known > Constants.MOST_ELEMENTS) {
        throw new Unsupported("it reshapes to " + wanted);
      }
    }
    long all = from.stream().reduce(1L, Math::multiplyExact);
    int open = dims.indexOf(-1L);
    if (open >= 0) {
      dims.set(open, known == 0 ? 0 : all / known);
    }
    if (!dims.stream().reduce(1L, Math::multiplyExact).equals(all)) {
      throw new Unsupported("it reshapes " + from + " to " + wanted);
    }
    return dims;
  }

  static List<Integer> permutation(Reading r, int rank) {
    List<Integer> reversed = new ArrayList<>();
    for (int i = rank - 1; i >= 0; i--) {
      reversed.add(i);
    }
    List<Integer> perm = r.small("perm", reversed, rank);
    if (!perm.stream().sorted().toList().equals(reversed.stream().sorted().toList())) {
      throw new Unsupported("its perm " + perm + " is no order of " + rank + " axes");
    }
    return perm;
  }

  private static OnnxTensor transpose(Reading r) {
    OnnxTensor t = r.constant(0);
    return Constants.transposed(t, permutation(r, t.dims().size()));
  }

  static List<Long> axes(Reading r) {
    return r.listOrInput("axes", 1).orElse(List.of());
  }

  private static OnnxTensor unsqueeze(Reading r) {
    OnnxTensor t = r.constant(0);
    List<Long> axes = axes(r);
    int rank = t.dims().size() + axes.size();
    List<Integer> added = axes.stream().map(a -> axis(a, rank)).sorted().toList();
    List<Long> dims = new ArrayList<>(t.dims());
    added.forEach(a -> dims.add(Math.min(a, dims.size()), 1L));
    return Constants.reshaped(t, dims);
  }

  private static OnnxTensor squeeze(Reading r) {
    OnnxTensor t = r.constant(0);
    List<Long> dims = new ArrayList<>();
    List<Integer> axes = axes(r).stream().map(a -> axis(a, t.dims().size())).toList();
    for (int i = 0; i < t.dims().size(); i++) {
      boolean drop = axes.isEmpty() ? t.dims().get(i) == 1 : axes.contains(i);
      if (drop && t.dims().get(i) != 1) {
        throw new Unsupported("it squeezes an axis of " + t.dims().get(i));
      } else if (!drop) {
        dims.add(t.dims().get(i));
      }
    }
    return Constants.reshaped(t, dims);
  }

  private static OnnxTensor flatten(Reading r) {
    OnnxTensor t = r.constant(0);
    int axis = axisOrEnd(r.small("axis", 1), t.dims().size());
    long outer = t.dims().subList(0, axis).stream().reduce(1L, Math::multiplyExact);
    return Constants.reshaped(t, List.of(outer, outer == 0 ? 0 : t.elements() / outer));
  }

  private static OnnxTensor concat(Reading r) {
    List<OnnxTensor> parts = new ArrayList<>();
    for (int i = 0; i < r.inputs().size(); i++) {
      parts.add(r.constant(i));
    }
    if (parts.isEmpty()) {
      throw new Unsupported("it has no inputs");
    }
    return Constants.concat(parts, axis(r.whole("axis", 0), parts.get(0).dims().size()));
  }

  private static OnnxTensor gather(Reading r) {
    OnnxTensor t = r.constant(0);
    int axis = axis(r.whole("axis", 0), t.dims().size());
    List<Long> indices = r.wholes(1);
    List<Long> rest = new ArrayList<>(t.dims());
    List<OnnxTensor> parts = new ArrayList<>();
    long size = rest.get(axis);
    rest.set(axis, 1L);
    long[] steps = Constants.strides(t.dims());
    for (long index : indices) {
      long at = index < 0 ? index + size : index;
      if (at < 0 || at >= size || indices.size() > 1 << 12) {
        throw new Unsupported("it gathers element " + index + " of " + size);
      }
      parts.add(Constants.gathered(t, rest, steps, at * steps[axis]));
    }
    if (parts.isEmpty()) {
      throw new Unsupported("it gathers nothing");
    }
    List<Long> dims = new ArrayList<>(t.dims().subList(0, axis));
    dims.addAll(r.constant(1).dims());
    dims.addAll(t.dims().subList(axis + 1, t.dims().size()));
    return Constants.reshaped(Constants.concat(parts, axis), dims);
  }

  /** A range of an axis. */
  record Range(int axis, long start, long step, long count) {}

  static List<Range> ranges(Reading r, List<Long> dims) {
    List<Long> starts = r.listOrInput("starts", 1).orElse(List.of());
    List<Long> ends = r.listOrInput("ends", 2).orElse(List.of());
    Optional<List<Long>> axes = r.listOrInput("axes", 3);
    List<Long> steps = r.has(4) ? r.wholes(4) : List.of();
    List<Range> ranges = new ArrayList<>();
    for (int i = 0; i < starts.size(); i++) {
      if (i >= ends.size()
          || axes.isPresent() && i >= axes.get().size()
          || !steps.isEmpty() && i >= steps.size()) {
        throw new Unsupported("its starts, ends, axes and steps differ in number");
      }
      int axis = axis(axes.isPresent() ? axes.get().get(i) : i, dims.size());
      long size = dims.get(axis);
      long step = steps.isEmpty() ? 1 : steps.get(i);
      if (step == 0 || Math.abs(step) > Constants.MOST_ELEMENTS) {
        throw new Unsupported("it steps by " + step);
      }
      long least = step > 0 ? 0 : -1;
      long most = step > 0 ? size : size - 1;
      long start = clamp(starts.get(i), size, Math.max(0, least), most);
      long end = clamp(ends.get(i), size, least, most);
      long count = Math.max(0, (end - start + step - Long.signum(step)) / step);
      ranges.add(new Range(axis, start, step, count));
    }
    return ranges;
  }

  private static long clamp(long index, long size, long least, long most) {
    long at = index < 0 && index >= -size ? index + size : index;
    return Math.max(least, Math.min(most, at));
  }

  private static OnnxTensor slice(Reading r) {
    OnnxTensor t = r.constant(0);
    List<Long> dims = new ArrayList<>(t.dims());
    long[] steps = Constants.strides(t.dims());
    long offset = 0;
    for (Range range : ranges(r, t.dims())) {
      dims.set(range.axis(), range.count());
      offset += range.start() * steps[range.axis()];
      steps[range.axis()] *= range.step();
    }
    return Constants.gathered(t, dims, steps, offset);
  }

  private static OnnxTensor expand(Reading r) {
    OnnxTensor t = r.constant(0);
    return Constants.expanded(t, Constants.broadcast(t.dims(), r.wholes(1)));
  }
}
