package dev.fovea.checkpoint;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.Quantization;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The tensors and the part of the card in which a model file keeps a network in 8-bit integers.
 *
 * <p>Weights in 8 bits are I8 tensors, with a step for each output channel in {@code NAME_scale};
 * the steps of values are one vector, in the order in which the card names the nodes. All other
 * parameters are F32, under the names of the network with folded norms.
 */
final class QuantizedTensors {
  private static final String WEIGHT_SCALE = "_scale";
  private static final String VALUE_SCALES = "quantization.value_scales";
  private static final String ADDEND_SCALES = "quantization.addend_scales";
  private static final String VALUES = "values";
  private static final String ADDENDS = "addends";
  private static final String HOW = "how";
  private static final int MOST = 127;
  private static final int SHOWN = 3;

  private final SafetensorsFile file;
  private final Graph graph;
  private final QuantizedNumbers numbers;

  private QuantizedTensors(SafetensorsFile file, Graph graph, QuantizedNumbers numbers) {
    this.file = file;
    this.graph = graph;
    this.numbers = numbers;
  }

  /** The part of the card. */
  static Map<String, Object> card(Graph graph, QuantizedNumbers numbers) {
    Map<String, Object> values = new LinkedHashMap<>();
    List<String> addends = new ArrayList<>();
    for (Node n : graph.nodes()) {
      Quantization.Scale scale = numbers.quantization().values().get(n.name());
      if (scale != null) {
        values.put(n.name(), scale.signed() ? "s8" : "u8");
      }
      if (numbers.addends().containsKey(n.name())) {
        addends.add(n.name());
      }
    }
    // In a fixed order, since the bytes of a file depend on nothing but what it says.
    Map<String, Object> card = new LinkedHashMap<>();
    card.put(VALUES, values);
    card.put(ADDENDS, addends);
    card.put(HOW, new TreeMap<>(numbers.how()));
    return card;
  }

  /** Adds all tensors; {@code weights} gives those in 8 bits as multiples of their step. */
  static void add(
      SafetensorsWriter writer,
      Graph graph,
      QuantizedNumbers numbers,
      Function<String, float[]> weights) {
    for (ParamSpec spec : graph.params()) {
      String name = spec.name();
      float[] steps = numbers.quantization().weights().get(name);
      if (steps == null) {
        writer.floats(name, spec.shape().dims(), () -> weights.apply(name));
      } else {
        writer.floats(name + WEIGHT_SCALE, new int[] {steps.length}, () -> steps);
        writer.bytes(name, spec.shape().dims(), () -> integers(weights.apply(name), steps));
      }
    }
    List<Float> values = new ArrayList<>();
    List<Float> addends = new ArrayList<>();
    for (Node n : graph.nodes()) {
      Quantization.Scale value = numbers.quantization().values().get(n.name());
      Quantization.Scale addend = numbers.addends().get(n.name());
      if (value != null) {
        values.add(value.step());
      }
      if (addend != null) {
        addends.add(addend.step());
      }
    }
    writer.floats(VALUE_SCALES, new int[] {values.size()}, () -> array(values));
    writer.floats(ADDEND_SCALES, new int[] {addends.size()}, () -> array(addends));
  }

  private static float[] array(List<Float> values) {
    float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return array;
  }

  private static byte[] integers(float[] weights, float[] steps) {
    byte[] q = new byte[weights.length];
    int each = weights.length / steps.length;
    for (int i = 0; i < q.length; i++) {
      q[i] = (byte) Math.max(-MOST, Math.min(MOST, Math.rint(weights[i] / steps[i / each])));
    }
    return q;
  }

  /**
   * Reads and checks the numbers of a file.
   *
   * @param tree the part of the card
   * @param graph the network with folded norms
   * @throws CheckpointException if card and tensors do not fit the network or each other
   */
  static QuantizedTensors of(SafetensorsFile file, Map<String, Object> tree, Graph graph) {
    Map<String, Node> nodes = new HashMap<>();
    graph.nodes().forEach(n -> nodes.put(n.name(), n));
    Map<String, String> formats = new LinkedHashMap<>();
    ModelFile.group(tree, VALUES).forEach((name, v) -> formats.put(name, String.valueOf(v)));
    Map<String, String> addendFormats = new LinkedHashMap<>();
    for (Object name : ModelFile.part(tree, ADDENDS, List.class)) {
      addendFormats.put(String.valueOf(name), "s8");
    }
    Map<String, String> how = new LinkedHashMap<>();
    ModelFile.group(tree, HOW).forEach((k, v) -> how.put(k, String.valueOf(v)));
    Map<String, float[]> weights = new LinkedHashMap<>();
    for (ParamSpec spec : graph.params()) {
      TensorEntry entry = file.entries().get(spec.name());
      if (entry != null && entry.type() == ElementType.I8) {
        weights.put(spec.name(), new float[0]);
      }
    }
    requireTensors(file, graph, weights, formats.size(), addendFormats.size());
    weights.replaceAll((name, none) -> steps(file, name + WEIGHT_SCALE));
    Quantization q = new Quantization(scales(file, VALUE_SCALES, formats, nodes), weights);
    for (Node n : graph.nodes()) {
      boolean integers = n.params().stream().anyMatch(p -> weights.containsKey(p.name()));
      if (integers && !q.values().containsKey(n.input().name())) {
        throw new CheckpointException(
            "node '"
                + n.name()
                + "' has 8-bit weights, but the card has no scale for its input '"
                + n.input().name()
                + "'");
      }
    }
    requireFactors(graph, q);
    return new QuantizedTensors(
        file,
        graph,
        new QuantizedNumbers(q, scales(file, ADDEND_SCALES, addendFormats, nodes), how));
  }

  /** A sum is worth the product of two steps, which must be a number of binary32 as well. */
  private static void requireFactors(Graph graph, Quantization q) {
    for (Node n : graph.nodes()) {
      for (ParamSpec spec : n.params()) {
        Quantization.Scale input = q.values().get(n.inputs().isEmpty() ? "" : n.input().name());
        for (float step : q.weights().getOrDefault(spec.name(), new float[0])) {
          float factor = input == null ? step : input.step() * step;
          if (factor < Float.MIN_NORMAL || Float.isInfinite(factor)) {
            throw new CheckpointException(
                "node '"
                    + n.name()
                    + "': a step of its input times one of its weights is "
                    + factor
                    + ", expected a positive finite number: quantize the model again");
          }
        }
      }
    }
  }

  private static Map<String, Quantization.Scale> scales(
      SafetensorsFile file, String tensor, Map<String, String> formats, Map<String, Node> nodes) {
    float[] steps = steps(file, tensor);
    Map<String, Quantization.Scale> scales = new LinkedHashMap<>();
    formats.forEach(
        (name, format) -> {
          if (!nodes.containsKey(name)) {
            throw new CheckpointException(
                "the card has a scale for '" + name + "', which is no node of the network");
          }
          if (!format.equals("s8") && !format.equals("u8")) {
            throw new CheckpointException(
                "node '" + name + "' is kept as '" + format + "', expected s8 or u8");
          }
          scales.put(name, new Quantization.Scale(steps[scales.size()], format.equals("s8")));
        });
    return scales;
  }

  private static float[] steps(SafetensorsFile file, String tensor) {
    float[] steps = file.floats(tensor);
    for (int i = 0; i < steps.length; i++) {
      if (!(steps[i] > 0) || Float.isInfinite(steps[i])) {
        throw new CheckpointException(
            "the tensor '"
                + tensor
                + "' holds "
                + steps[i]
                + " at ["
                + i
                + "]; scales must be positive finite numbers: quantize the model again");
      }
    }
    return steps;
  }

  private static void requireTensors(
      SafetensorsFile file, Graph graph, Map<String, float[]> integers, int values, int addends) {
    Map<String, String> wanted = new LinkedHashMap<>();
    for (ParamSpec spec : graph.params()) {
      boolean eight = integers.containsKey(spec.name());
      boolean weight = spec.role() == ParamSpec.Role.WEIGHT;
      String dims = Arrays.toString(spec.shape().dims());
      wanted.put(spec.name(), (eight && weight ? ElementType.I8 : ElementType.F32) + " " + dims);
      if (eight) {
        wanted.put(spec.name() + WEIGHT_SCALE, ElementType.F32 + " [" + spec.shape().dim(0) + "]");
      }
    }
    wanted.put(VALUE_SCALES, ElementType.F32 + " [" + values + "]");
    wanted.put(ADDEND_SCALES, ElementType.F32 + " [" + addends + "]");
    List<String> faults = new ArrayList<>();
    wanted.forEach(
        (name, expected) -> {
          TensorEntry entry = file.entries().get(name);
          if (entry == null) {
            faults.add(name + " is missing");
          } else if (!(entry.type() + " " + entry.shape()).equals(expected)) {
            faults.add(
                name + " is " + entry.type() + " " + entry.shape() + ", expected " + expected);
          }
        });
    file.entries().keySet().stream()
        .filter(name -> !wanted.containsKey(name))
        .forEach(name -> faults.add(name + " is not a tensor of the quantized network"));
    if (!faults.isEmpty()) {
      String more = faults.size() > SHOWN ? ", and " + (faults.size() - SHOWN) + " more" : "";
      throw new CheckpointException(
          String.join(", ", faults.subList(0, Math.min(SHOWN, faults.size()))) + more);
    }
  }

  /** The network with folded norms. */
  Graph graph() {
    return graph;
  }

  QuantizedNumbers numbers() {
    return numbers;
  }

  /**
   * The values of a parameter; 8-bit weights times their step.
   *
   * @throws CheckpointException if an integer is -128, which is no weight
   */
  float[] floats(String name) {
    float[] steps = numbers.quantization().weights().get(name);
    if (steps == null) {
      return file.floats(name);
    }
    ByteBuffer q = file.bytes(name);
    float[] values =
        new float[Math.toIntExact(Objects.requireNonNull(file.entries().get(name)).elements())];
    int each = values.length / steps.length;
    for (int i = 0; i < values.length; i++) {
      if (q.get(i) < -MOST) {
        throw CheckpointException.of(
            file.path(),
            "the tensor '"
                + name
                + "' holds -128; 8-bit weights are -127 to 127: quantize the model again");
      }
      values[i] = q.get(i) * steps[i / each];
    }
    return values;
  }
}
