package dev.fovea.onnx.importer;

import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;

/** Folds nodes that compute with numbers: sums, comparisons, reductions. */
final class ConstantArithmetic {
  private ConstantArithmetic() {}

  static OnnxTensor fold(Reading r) {
    return switch (r.node().operator()) {
      case "Add" -> binary(r, Double::sum, Long::sum);
      case "Sub" -> binary(r, (a, b) -> a - b, (a, b) -> a - b);
      case "Mul" -> binary(r, (a, b) -> a * b, (a, b) -> a * b);
      case "Div" -> binary(r, (a, b) -> a / b, ConstantArithmetic::divide);
      case "Mod" -> binary(r, (a, b) -> a % b, ConstantArithmetic::modulo);
      case "Pow" -> binary(r, Math::pow, (a, b) -> (long) Math.pow(a, b));
      case "Sum" -> chain(r, Double::sum, Long::sum);
      case "Max" -> chain(r, Math::max, Math::max);
      case "Min" -> chain(r, Math::min, Math::min);
      case "Equal" -> compared(r, (a, b) -> a == b ? 1 : 0, (a, b) -> a == b ? 1 : 0);
      case "Less" -> compared(r, (a, b) -> a < b ? 1 : 0, (a, b) -> a < b ? 1 : 0);
      case "Greater" -> compared(r, (a, b) -> a > b ? 1 : 0, (a, b) -> a > b ? 1 : 0);
      case "LessOrEqual" -> compared(r, (a, b) -> a <= b ? 1 : 0, (a, b) -> a <= b ? 1 : 0);
      case "GreaterOrEqual" -> compared(r, (a, b) -> a >= b ? 1 : 0, (a, b) -> a >= b ? 1 : 0);
      case "And" -> binary(r, (a, b) -> a * b, (a, b) -> a & b);
      case "Or" -> binary(r, Math::max, (a, b) -> a | b);
      case "Not" -> negation(r.constant(0));
      case "Sqrt" -> Constants.unary(r.reals(0), Math::sqrt);
      case "Reciprocal" -> Constants.unary(r.reals(0), x -> 1 / x);
      case "Exp" -> Constants.unary(r.reals(0), Math::exp);
      case "Log" -> Constants.unary(r.reals(0), Math::log);
      case "Neg" -> negative(r.constant(0));
      case "Abs" -> absolute(r.constant(0));
      case "Floor" -> Constants.unary(r.reals(0), Math::floor);
      case "Ceil" -> Constants.unary(r.reals(0), Math::ceil);
      case "ReduceProd" -> reduced(r, (a, b) -> a * b, (a, b) -> a * b);
      case "ReduceSum" -> reduced(r, Double::sum, Long::sum);
      case "ReduceMax" -> reduced(r, Math::max, Math::max);
      case "ReduceMin" -> reduced(r, Math::min, Math::min);
      default ->
          throw new Unsupported(
              LayerOperators.advice(r.node().operator())
                  .orElse(
                      "Fovea does not compute this operator of constants; simplify the model first,"
                          + " for example with onnxslim"));
    };
  }

  private static OnnxTensor binary(Reading r, DoubleBinaryOperator real, LongBinaryOperator whole) {
    OnnxTensor first = r.constant(0);
    OnnxTensor second = r.constant(1);
    if (r.whole("broadcast", 0) != 0 && r.attributes().containsKey("axis")) {
      // Opset 1 to 6 say to which axis the second belongs.
      List<Long> dims = new ArrayList<>(second.dims());
      while (dims.size() + r.small("axis", 0) < first.dims().size()) {
        dims.add(1L);
      }
      second = Constants.reshaped(second, dims);
    }
    return Constants.binary(first, second, real, whole);
  }

  private static OnnxTensor chain(Reading r, DoubleBinaryOperator real, LongBinaryOperator whole) {
    OnnxTensor all = r.constant(0);
    for (int i = 1; i < r.inputs().size(); i++) {
      all = Constants.binary(all, r.constant(i), real, whole);
    }
    return all;
  }

  private static OnnxTensor compared(
      Reading r, DoubleBinaryOperator real, LongBinaryOperator whole) {
    return Constants.cast(binary(r, real, whole), OnnxType.BOOL);
  }

  private static long divide(long a, long b) {
    if (b == 0) {
      throw new Unsupported("it divides by zero");
    }
    return a / b;
  }

  private static long modulo(long a, long b) {
    if (b == 0) {
      throw new Unsupported("it divides by zero");
    }
    return Math.floorMod(a, b);
  }

  private static OnnxTensor negative(OnnxTensor t) {
    OnnxTensor zero = Constants.reshaped(Constants.longs(0), List.of());
    return t.type().isReal()
        ? Constants.unary(t, x -> -x)
        : Constants.binary(zero, t, (a, b) -> a - b, (a, b) -> a - b);
  }

  private static OnnxTensor absolute(OnnxTensor t) {
    OnnxTensor zero = Constants.reshaped(Constants.longs(0), List.of());
    return t.type().isReal()
        ? Constants.unary(t, Math::abs)
        : Constants.binary(zero, t, (a, b) -> Math.abs(b), (a, b) -> Math.abs(b));
  }

  private static OnnxTensor negation(OnnxTensor t) {
    OnnxTensor one = Constants.cast(Constants.reshaped(Constants.longs(1), List.of()), t.type());
    return Constants.binary(one, t, (a, b) -> a - b, (a, b) -> a - b);
  }

  /** A reduction over the axes of an attribute or input, or over all. */
  private static OnnxTensor reduced(
      Reading r, DoubleBinaryOperator real, LongBinaryOperator whole) {
    OnnxTensor t = r.constant(0);
    int rank = t.dims().size();
    List<Long> stated = ConstantOperators.axes(r);
    if (stated.isEmpty() && r.whole("noop_with_empty_axes", 0) != 0) {
      return t;
    }
    List<Long> dims = new ArrayList<>(t.dims());
    OnnxTensor all = t;
    for (int axis = 0; axis < rank; axis++) {
      int a = axis;
      boolean over =
          stated.isEmpty() || stated.stream().anyMatch(s -> ConstantOperators.axis(s, rank) == a);
      if (over) {
        all = reduced(all, axis, real, whole);
        dims.set(axis, -1L);
      }
    }
    if (r.whole("keepdims", 1) != 0) {
      return all;
    }
    return Constants.reshaped(all, dims.stream().filter(d -> d >= 0).toList());
  }

  private static OnnxTensor reduced(
      OnnxTensor t, int axis, DoubleBinaryOperator real, LongBinaryOperator whole) {
    long size = t.dims().get(axis);
    if (size < 1 || size > MOST_REDUCED) {
      throw new Unsupported("it reduces an axis of " + size);
    }
    List<Long> dims = new ArrayList<>(t.dims());
    dims.set(axis, 1L);
    long[] steps = Constants.strides(t.dims());
    OnnxTensor all = Constants.gathered(t, dims, steps, 0);
    for (long i = 1; i < size; i++) {
      all = Constants.binary(all, Constants.gathered(t, dims, steps, i * steps[axis]), real, whole);
    }
    return all;
  }

  private static final long MOST_REDUCED = 1 << 10;

  static OnnxTensor range(Reading r) {
    long start = single(r, 0);
    long limit = single(r, 1);
    long step = single(r, 2);
    long count = step == 0 ? 0 : Math.max(0, (limit - start + step - Long.signum(step)) / step);
    if (count > 1 << 20 || Math.abs(limit) > 1L << 40 || Math.abs(start) > 1L << 40) {
      throw new Unsupported("it counts from " + start + " to " + limit);
    }
    long[] all = new long[(int) count];
    for (int i = 0; i < all.length; i++) {
      all[i] = start + i * step;
    }
    return Constants.longs(all);
  }

  private static long single(Reading r, int input) {
    List<Long> values = r.wholes(input);
    if (values.size() != 1) {
      throw new Unsupported("its input " + (input + 1) + " is not one number");
    }
    return values.get(0);
  }

  static OnnxTensor where(Reading r) {
    OnnxTensor condition = r.constant(0);
    OnnxTensor yes = r.constant(1);
    OnnxTensor no = r.constant(2);
    List<Long> dims =
        Constants.broadcast(condition.dims(), Constants.broadcast(yes.dims(), no.dims()));
    OnnxTensor chosen = Constants.cast(Constants.expanded(condition, dims), yes.type());
    // 0 times infinity is no number, so the choice is made element by element.
    OnnxTensor ifSo =
        Constants.binary(
            chosen,
            Constants.expanded(yes, dims),
            (c, v) -> c != 0 ? v : 0,
            (c, v) -> c != 0 ? v : 0);
    OnnxTensor ifNot =
        Constants.binary(
            chosen,
            Constants.expanded(no, dims),
            (c, v) -> c != 0 ? 0 : v,
            (c, v) -> c != 0 ? 0 : v);
    return Constants.binary(ifSo, ifNot, Double::sum, Long::sum);
  }
}
