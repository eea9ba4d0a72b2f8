package dev.fovea.onnx.importer;

import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Folds nodes whose inputs are all known; shapes of values that depend on the image are known. */
final class ConstantOperators {
  private ConstantOperators() {}

  /** The results. */
  static List<OnnxTensor> fold(Reading r) {
    return r.node().operator().equals("Split") ? split(r) : List.of(one(r));
  }

  private static OnnxTensor one(Reading r) {
    return switch (r.node().operator()) {
      case "Constant" -> constant(r);
      case "ConstantOfShape" -> constantOfShape(r);
      case "Identity", "Dropout" -> r.constant(0);
      case "Cast" -> Constants.cast(r.constant(0), type(r));
      case "CastLike" -> Constants.cast(r.constant(0), r.constant(1).type());
      case "Shape" -> shape(r, r.constant(0).dims());
      case "Size" -> size(r.constant(0).dims());
      case "Reshape" -> reshape(r);
      case "Transpose" -> transpose(r);
      case "Unsqueeze" -> unsqueeze(r);
      case "Squeeze" -> squeeze(r);
      case "Flatten" -> flatten(r);
      case "Concat" -> concat(r);
      case "Gather" -> gather(r);
      case "Slice" -> slice(r);
      case "Expand" -> expand(r);
      case "Tile" -> tile(r);
      case "Range" -> ConstantArithmetic.range(r);
      case "Where" -> ConstantArithmetic.where(r);
      default -> ConstantArithmetic.fold(r);
    };
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
    } else if (r.attributes().get("value_floats") instanceof Attribute.Reals reals) {
      float[] values = new float[reals.values().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = reals.values().get(i);
      }
      return OnnxTensor.ofFloats("", List.of((long) values.length), () -> values);
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
    if (r.attributes().get("to") instanceof Attribute.Text text) {
      // Opset 1 to 5 name the type.
      return OnnxType.named(text.value())
          .orElseThrow(
              () ->
                  new Unsupported("it casts to the type " + OnnxException.printable(text.value())));
    }
    long number = r.whole("to", 0);
    return OnnxType.numbered(number)
        .orElseThrow(() -> new Unsupported("it casts to the type " + number));
  }

  static OnnxTensor size(List<Long> dims) {
    return Constants.reshaped(
        Constants.longs(dims.stream().reduce(1L, Math::multiplyExact)), List.of());
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

  private static OnnxTensor tile(Reading r) {
    OnnxTensor t = r.constant(0);
    List<Long> repeats = r.wholes(1);
    if (repeats.size() != t.dims().size() || repeats.stream().anyMatch(n -> n < 1 || n > 1 << 12)) {
      throw new Unsupported("it repeats " + t.dims() + " by " + repeats);
    }
    OnnxTensor all = t;
    for (int axis = 0; axis < repeats.size(); axis++) {
      all = Constants.concat(Collections.nCopies((int) (long) repeats.get(axis), all), axis);
    }
    return all;
  }

  /** The sizes of the parts of a split. */
  static List<Long> parts(Reading r, long size, int count) {
    List<Long> stated = r.listOrInput("split", 1).orElse(List.of());
    if (stated.isEmpty()) {
      long each = (size + count - 1) / count;
      List<Long> parts = new ArrayList<>();
      for (long at = 0; at < size && parts.size() < count; at += each) {
        parts.add(Math.min(each, size - at));
      }
      stated = parts;
    }
    boolean fits = stated.size() == count && stated.stream().allMatch(p -> p >= 0 && p <= size);
    if (!fits || stated.stream().mapToLong(Long::longValue).sum() != size) {
      throw new Unsupported("it splits " + size + " into " + stated);
    }
    return stated;
  }

  private static List<OnnxTensor> split(Reading r) {
    OnnxTensor t = r.constant(0);
    int axis = axis(r.whole("axis", 0), t.dims().size());
    long[] steps = Constants.strides(t.dims());
    List<OnnxTensor> all = new ArrayList<>();
    long at = 0;
    for (long part : parts(r, t.dims().get(axis), r.node().outputs().size())) {
      List<Long> dims = new ArrayList<>(t.dims());
      dims.set(axis, part);
      all.add(Constants.gathered(t, dims, steps, at * steps[axis]));
      at += part;
    }
    return all;
  }

  /** Paddings of the axes that the fourth input names, as paddings of all axes. */
  static List<Long> padsOfAllAxes(Reading r, List<Long> pads, int rank) {
    List<Long> axes = r.wholes(3);
    List<Long> all = new ArrayList<>(Collections.nCopies(2 * rank, 0L));
    if (pads.size() != 2 * axes.size()) {
      throw new Unsupported("it pads " + pads + " along " + axes);
    }
    for (int i = 0; i < axes.size(); i++) {
      int axis = axis(axes.get(i), rank);
      all.set(axis, pads.get(i));
      all.set(axis + rank, pads.get(i + axes.size()));
    }
    return all;
  }

  private static OnnxTensor expand(Reading r) {
    OnnxTensor t = r.constant(0);
    return Constants.expanded(t, Constants.broadcast(t.dims(), r.wholes(1)));
  }
}
