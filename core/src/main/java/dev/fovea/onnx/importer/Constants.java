package dev.fovea.onnx.importer;

import dev.fovea.onnx.OnnxTensor;
import dev.fovea.onnx.OnnxType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.Supplier;

/**
 * Operators on constants. Sizes are computed at once, values of large tensors when they are asked
 * for.
 */
final class Constants {
  /** As many elements as the largest layer could have. */
  static final long MOST_ELEMENTS = 1L << 29;

  /** Whole numbers describe shapes, and there are few of them. */
  private static final long MOST_WHOLE = 1 << 20;

  private Constants() {}

  static OnnxTensor make(OnnxType type, List<Long> dims, Supplier<Object> values) {
    long elements = 1;
    for (long d : dims) {
      if (d < 0 || d > MOST_ELEMENTS || elements * d > MOST_ELEMENTS) {
        throw new Unsupported("a constant of the sizes " + dims + " is too large");
      }
      elements *= d;
    }
    if (!type.isReal()) {
      if (elements > MOST_WHOLE) {
        throw new Unsupported("a constant of " + elements + " whole numbers is too large");
      }
      Object now = values.get();
      return new OnnxTensor("", type, dims, () -> now);
    }
    return new OnnxTensor("", type, dims, values);
  }

  static OnnxTensor longs(long... values) {
    return new OnnxTensor("", OnnxType.INT64, List.of((long) values.length), () -> values);
  }

  static OnnxTensor reshaped(OnnxTensor t, List<Long> dims) {
    return new OnnxTensor(t.name(), t.type(), dims, t.values());
  }

  static OnnxTensor filled(OnnxTensor value, List<Long> dims) {
    if (value.elements() != 1) {
      throw new Unsupported("its value has " + value.elements() + " elements, expected one");
    }
    boolean real = value.type().isReal();
    return make(
        value.type(),
        dims,
        () -> {
          int n = Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
          if (real) {
            float[] all = new float[n];
            Arrays.fill(all, value.floats()[0]);
            return all;
          }
          long[] all = new long[n];
          Arrays.fill(all, value.longs()[0]);
          return all;
        });
  }

  static OnnxTensor cast(OnnxTensor t, OnnxType to) {
    if (t.type().isReal() == to.isReal()) {
      return new OnnxTensor("", to, t.dims(), t.values());
    } else if (to.isReal()) {
      return make(
          to,
          t.dims(),
          () -> {
            long[] from = t.longs();
            float[] all = new float[from.length];
            for (int i = 0; i < all.length; i++) {
              all[i] = from[i];
            }
            return all;
          });
    }
    return make(
        to,
        t.dims(),
        () -> {
          float[] from = t.floats();
          long[] all = new long[from.length];
          for (int i = 0; i < all.length; i++) {
            all[i] = to == OnnxType.BOOL ? (from[i] == 0 ? 0 : 1) : (long) from[i];
          }
          return all;
        });
  }

  static OnnxTensor transposed(OnnxTensor t, List<Integer> perm) {
    List<Long> dims = perm.stream().map(p -> t.dims().get(p)).toList();
    long[] from = strides(t.dims());
    long[] steps = perm.stream().mapToLong(p -> from[p]).toArray();
    return gathered(t, dims, steps, 0);
  }

  /** The elements at offset + the sum of index · step, for every index within {@code dims}. */
  static OnnxTensor gathered(OnnxTensor t, List<Long> dims, long[] steps, long offset) {
    return make(
        t.type(),
        dims,
        () -> {
          int n = Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
          boolean real = t.type().isReal();
          float[] reals = real ? t.floats() : new float[0];
          long[] wholes = real ? new long[0] : t.longs();
          float[] outReals = new float[real ? n : 0];
          long[] outWholes = new long[real ? 0 : n];
          int[] index = new int[dims.size()];
          long at = offset;
          for (int i = 0; i < n; i++) {
            if (real) {
              outReals[i] = reals[(int) at];
            } else {
              outWholes[i] = wholes[(int) at];
            }
            for (int a = index.length - 1; a >= 0; a--) {
              at += steps[a];
              if (++index[a] < dims.get(a)) {
                break;
              }
              at -= steps[a] * dims.get(a);
              index[a] = 0;
            }
          }
          return real ? outReals : outWholes;
        });
  }

  static long[] strides(List<Long> dims) {
    long[] strides = new long[dims.size()];
    long each = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = each;
      each *= dims.get(i);
    }
    return strides;
  }

  static OnnxTensor concat(List<OnnxTensor> parts, int axis) {
    OnnxTensor first = parts.get(0);
    List<Long> dims = new ArrayList<>(first.dims());
    if (axis >= dims.size()) {
      throw new Unsupported("it concatenates along the missing axis " + axis);
    }
    long sum = 0;
    for (OnnxTensor p : parts) {
      List<Long> others = new ArrayList<>(p.dims());
      if (others.size() != dims.size() || p.type().isReal() != first.type().isReal()) {
        throw new Unsupported("it concatenates " + first.dims() + " and " + p.dims());
      }
      sum += others.set(axis, dims.get(axis));
      if (!others.equals(first.dims())) {
        throw new Unsupported("it concatenates " + first.dims() + " and " + p.dims());
      }
    }
    dims.set(axis, sum);
    long outer = dims.subList(0, axis).stream().reduce(1L, Math::multiplyExact);
    return make(
        first.type(),
        dims,
        () -> {
          int n = Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
          boolean real = first.type().isReal();
          Object all = real ? new float[n] : new long[n];
          int row = (int) (n / Math.max(1, outer));
          int at = 0;
          for (OnnxTensor p : parts) {
            Object values = real ? p.floats() : p.longs();
            int own = (int) (p.elements() / Math.max(1, outer));
            for (int o = 0; o < outer; o++) {
              System.arraycopy(values, o * own, all, o * row + at, own);
            }
            at += own;
          }
          return all;
        });
  }

  static OnnxTensor binary(
      OnnxTensor a, OnnxTensor b, DoubleBinaryOperator real, LongBinaryOperator whole) {
    List<Long> dims = broadcast(a.dims(), b.dims());
    OnnxTensor left = expanded(a, dims);
    OnnxTensor right = expanded(b, dims);
    if (a.type().isReal() && b.type().isReal()) {
      return make(
          a.type(),
          dims,
          () -> {
            float[] x = left.floats();
            float[] y = right.floats();
            float[] all = new float[x.length];
            for (int i = 0; i < all.length; i++) {
              all[i] = (float) real.applyAsDouble(x[i], y[i]);
            }
            return all;
          });
    } else if (a.type().isReal() || b.type().isReal()) {
      throw new Unsupported("it mixes " + a.type() + " and " + b.type());
    }
    return make(
        a.type(),
        dims,
        () -> {
          long[] x = left.longs();
          long[] y = right.longs();
          long[] all = new long[x.length];
          for (int i = 0; i < all.length; i++) {
            all[i] = whole.applyAsLong(x[i], y[i]);
          }
          return all;
        });
  }

  static OnnxTensor expanded(OnnxTensor t, List<Long> dims) {
    if (t.dims().equals(dims)) {
      return t;
    }
    long[] own = strides(t.dims());
    long[] steps = new long[dims.size()];
    int shift = dims.size() - own.length;
    for (int i = 0; i < own.length; i++) {
      steps[i + shift] = t.dims().get(i) == 1 ? 0 : own[i];
    }
    return gathered(t, dims, steps, 0);
  }

  static List<Long> broadcast(List<Long> a, List<Long> b) {
    int rank = Math.max(a.size(), b.size());
    List<Long> dims = new ArrayList<>(Collections.nCopies(rank, 1L));
    for (int i = 0; i < rank; i++) {
      long x = i < rank - a.size() ? 1 : a.get(i - rank + a.size());
      long y = i < rank - b.size() ? 1 : b.get(i - rank + b.size());
      if (x != y && x != 1 && y != 1) {
        throw new Unsupported("the sizes " + a + " and " + b + " do not go together");
      }
      dims.set(i, x == 1 ? y : x);
    }
    return dims;
  }

  static OnnxTensor unary(OnnxTensor t, java.util.function.DoubleUnaryOperator of) {
    return make(
        t.type(),
        t.dims(),
        () -> {
          float[] all = t.floats().clone();
          for (int i = 0; i < all.length; i++) {
            all[i] = (float) of.applyAsDouble(all[i]);
          }
          return all;
        });
  }
}
