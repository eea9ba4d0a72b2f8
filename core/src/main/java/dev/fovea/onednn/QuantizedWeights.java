package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.QuantizedTensors.Held;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.IntegerProducts;
import dev.fovea.program.ProgramException;
import dev.fovea.program.Quantization;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The weights of convolutions and linear layers as integers, computed when they have changed. */
final class QuantizedWeights {
  private final LoweringContext ctx;
  private final Quantization quantization;
  private final OneDnnParameters parameters;
  private final boolean exact = OneDnnBackend.products(NativeLibrary.get().isa()).exact();

  QuantizedWeights(LoweringContext ctx, Quantization quantization, OneDnnParameters parameters) {
    this.ctx = ctx;
    this.quantization = quantization;
    this.parameters = parameters;
  }

  /**
   * What a primitive reads beside its source.
   *
   * @param factors by which the sum of a channel is multiplied before its bias is added
   */
  record Prepared(Tensor weights, Tensor bias, Tensor factors) {}

  /**
   * Whether sums of this node's products may saturate on this machine, by the weights as they are
   * now.
   */
  boolean mayBeInexact(Node n, Held src) {
    return !exact && (src.scale().signed() || exceedsSafe(integers(n)));
  }

  private static boolean exceedsSafe(byte[] weights) {
    for (byte w : weights) {
      if (Math.abs(w) > IntegerProducts.LARGEST_SAFE_WEIGHT) {
        return true;
      }
    }
    return false;
  }

  /**
   * Integers in the layout that a primitive wants.
   *
   * @param input the step of the source
   * @param divisor the step of the result
   */
  Prepared prepare(Node n, MemoryDesc wanted, double input, double divisor) {
    int channels = n.shape().dim(0);
    String name = n.name();
    Tensor plain =
        ctx.staging(name + " rounded", ParameterLayout.plainDesc(ctx.owner(), dims(n), DType.S8));
    Tensor packed = ctx.persistent(name + " weights", wanted);
    Tensor bias = ctx.persistent(name + " bias", ctx.vector(channels));
    Tensor factors = ctx.persistent(name + " factors", ctx.vector(channels));
    ctx.refresh()
        .kernel(
            name,
            "round weights",
            List.of(plain, bias, factors),
            memory -> {
              ByteBuffer weightsOut = memory.bytes(plain);
              FloatBuffer biasOut = memory.floats(bias);
              FloatBuffer factorsOut = memory.floats(factors);
              return step -> {
                weightsOut.put(0, checked(n, integers(n)));
                biasOut.put(0, bias(n, divisor));
                factorsOut.put(0, factors(n, input / divisor));
              };
            });
    ctx.copy(ctx.refresh(), name, plain, packed);
    return new Prepared(packed, bias, factors);
  }

  /** The same weights as numbers in binary32. */
  Prepared prepareFloats(Node n, MemoryDesc wanted) {
    Tensor plain =
        ctx.staging(
            n.name() + " rounded", ParameterLayout.plainDesc(ctx.owner(), dims(n), DType.F32));
    Tensor packed = ctx.persistent(n.name() + " weights", wanted);
    Tensor bias = ctx.persistent(n.name() + " bias", ctx.vector(n.shape().dim(0)));
    ctx.refresh()
        .kernel(
            n.name(),
            "round weights",
            List.of(plain, bias),
            memory -> {
              FloatBuffer weightsOut = memory.floats(plain);
              FloatBuffer biasOut = memory.floats(bias);
              return step -> {
                weightsOut.put(0, reals(n));
                biasOut.put(0, bias(n, 1));
              };
            });
    ctx.copy(ctx.refresh(), n.name(), plain, packed);
    return new Prepared(packed, bias, bias);
  }

  private byte[] checked(Node n, byte[] weights) {
    if (!exact && exceedsSafe(weights)) {
      throw new ProgramException(
          "the weights of '"
              + n.name()
              + "' have changed to more than 7 bits, for which this CPU has no exact sums; compile"
              + " the program again");
    }
    return weights;
  }

  /** Whether sums of 8-bit products are exact here. */
  boolean exact() {
    return exact;
  }

  /** The dimensions of the weights in oneDNN; those of a norm are one for each channel. */
  static long[] dims(Node n) {
    if (QuantizedConvolutions.isNorm(n)) {
      return new long[] {n.shape().dim(0), 1, 1, 1, 1};
    }
    int groups = n.op() instanceof Op.Conv2d o ? o.groups() : 1;
    ParamSpec weight = QuantizedConvolutions.weight(n);
    return n.op() instanceof Op.Conv2d
        ? ParameterLayout.weightDims(weight, groups)
        : ParameterLayout.dims(weight);
  }

  private float[] steps(Node n) {
    String name = QuantizedConvolutions.weight(n).name();
    float[] steps = Objects.requireNonNull(quantization.weights().get(name));
    if (steps.length != n.shape().dim(0)) {
      throw new ProgramException(
          "the quantization has "
              + steps.length
              + " steps for the weights '"
              + name
              + "', expected one for each of the "
              + n.shape().dim(0)
              + " output channels; quantize this network again");
    }
    return steps;
  }

  private byte[] integers(Node n) {
    if (QuantizedConvolutions.isNorm(n)) {
      byte[] ones = new byte[n.shape().dim(0)];
      Arrays.fill(ones, (byte) 1);
      return ones;
    }
    float[] steps = steps(n);
    float[] weights = parameters.read(QuantizedConvolutions.weight(n).name());
    byte[] rounded = new byte[weights.length];
    int each = weights.length / steps.length;
    for (int i = 0; i < weights.length; i++) {
      double q = Math.rint((double) weights[i] / steps[i / each]);
      rounded[i] = (byte) Math.max(-127, Math.min(127, q));
    }
    return rounded;
  }

  private float[] reals(Node n) {
    float[] steps = steps(n);
    byte[] integers = integers(n);
    float[] weights = new float[integers.length];
    int each = weights.length / steps.length;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = integers[i] * steps[i / each];
    }
    return weights;
  }

  private float[] factors(Node n, double ratio) {
    if (QuantizedConvolutions.isNorm(n)) {
      return floats(norm(n).scale(), ratio);
    }
    float[] factors = steps(n).clone();
    for (int c = 0; c < factors.length; c++) {
      factors[c] = (float) (factors[c] * ratio);
    }
    return factors;
  }

  private float[] bias(Node n, double divisor) {
    if (QuantizedConvolutions.isNorm(n)) {
      return floats(norm(n).shift(), 1 / divisor);
    }
    float[] bias =
        n.param(Role.BIAS)
            .map(p -> parameters.read(p.name()))
            .orElseGet(() -> new float[n.shape().dim(0)]);
    for (int c = 0; c < bias.length; c++) {
      bias[c] = (float) (bias[c] / divisor);
    }
    return bias;
  }

  private static float[] floats(double[] values, double factor) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) (values[i] * factor);
    }
    return floats;
  }

  /** A norm with running statistics: scale · x + shift for each channel. */
  private record Affine(double[] scale, double[] shift) {}

  private Affine norm(Node n) {
    double epsilon = Norms.of(n).epsilon();
    float[] scale = read(n, Role.NORM_SCALE);
    float[] shift = read(n, Role.NORM_SHIFT);
    float[] mean = read(n, Role.RUNNING_MEAN);
    float[] variance = read(n, Role.RUNNING_VAR);
    Affine affine = new Affine(new double[scale.length], new double[scale.length]);
    for (int c = 0; c < scale.length; c++) {
      double a = scale[c] / Math.sqrt(variance[c] + epsilon);
      affine.scale()[c] = a;
      affine.shift()[c] = shift[c] - a * mean[c];
    }
    return affine;
  }

  private float[] read(Node n, Role role) {
    return parameters.read(n.param(role).orElseThrow().name());
  }
}
