package dev.fovea.onnx.exporter;

import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxType;
import dev.fovea.program.Quantization;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The nodes {@code QuantizeLinear} and {@code DequantizeLinear}, between which runtimes compute in
 * integers; none for a network in binary32.
 *
 * <p>Signed values are bytes with zero point 128, the same numbers as signed bytes with zero point
 * 0: ONNX Runtime has integer kernels only where input and result have one type. The results of
 * convolutions that Fovea adds unrounded are rounded here, because ONNX Runtime computes a
 * convolution without {@code QuantizeLinear} behind it in binary32.
 */
final class IntegerNodes {
  private static final int MIDDLE = 128;

  private final NodeList list;
  private final Function<String, float[]> weights;
  private final Map<String, Quantization.Scale> values;
  private final Map<String, Quantization.Scale> addends;
  private final Map<String, float[]> steps;

  IntegerNodes(
      NodeList list, Function<String, float[]> weights, Optional<QuantizedNumbers> numbers) {
    this.list = list;
    this.weights = weights;
    this.values = numbers.map(n -> n.quantization().values()).orElse(Map.of());
    this.addends = numbers.map(QuantizedNumbers::addends).orElse(Map.of());
    this.steps = numbers.map(n -> n.quantization().weights()).orElse(Map.of());
  }

  /** What the readers of a node see of its result {@code value}. */
  String rounded(Node n, String value) {
    Quantization.Scale scale = values.getOrDefault(n.name(), addends.get(n.name()));
    if (scale == null) {
      return value;
    }
    String step = list.scalar(n.name() + ".step", scale.step());
    long zero = scale.signed() ? MIDDLE : 0;
    String point =
        list.integers(
            n.name() + ".zero_point", OnnxType.UINT8, new int[0], () -> new long[] {zero});
    String integers =
        list.add("QuantizeLinear", n.name() + ".quantized", Map.of(), value, step, point);
    return list.add("DequantizeLinear", n.name() + ".rounded", Map.of(), integers, step, point);
  }

  /** A parameter of a node: a constant, or integers times their step. */
  String parameter(Node n, ParamSpec.Role role) {
    ParamSpec spec = n.param(role).orElseThrow();
    float[] ofWeight = n.param(ParamSpec.Role.WEIGHT).map(p -> steps.get(p.name())).orElse(null);
    if (ofWeight == null) {
      return list.floats(spec.name(), spec.shape().dims(), () -> weights.apply(spec.name()));
    }
    float[] step = ofWeight;
    boolean bias = role == ParamSpec.Role.BIAS;
    if (bias) {
      step = ofWeight.clone();
      float input = Objects.requireNonNull(values.get(n.input().name())).step();
      for (int c = 0; c < step.length; c++) {
        step[c] *= input;
      }
    }
    float[] each = step;
    int channels = each.length;
    OnnxType type = bias ? OnnxType.INT32 : OnnxType.INT8;
    String integers =
        list.integers(
            spec.name() + ".integers",
            type,
            spec.shape().dims(),
            () -> integers(weights.apply(spec.name()), each));
    String scale = list.floats(spec.name() + ".step", new int[] {channels}, () -> each);
    String zeros =
        list.integers(
            spec.name() + ".zero_point", type, new int[] {channels}, () -> new long[channels]);
    return list.add(
        "DequantizeLinear",
        spec.name(),
        Map.of("axis", Attribute.of(0)),
        List.of(integers, scale, zeros));
  }

  private static long[] integers(float[] values, float[] steps) {
    long[] integers = new long[values.length];
    int each = values.length / steps.length;
    Arrays.setAll(integers, i -> (long) Math.rint(values[i] / (double) steps[i / each]));
    return integers;
  }
}
