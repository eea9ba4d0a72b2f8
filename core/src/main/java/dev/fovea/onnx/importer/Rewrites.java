package dev.fovea.onnx.importer;

import dev.fovea.graph.Initializer;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Turns sums and products with constants into what they are part of: neighbors join, and one after
 * a convolution is its bias or a batch norm.
 */
final class Rewrites {
  private static final double EPSILON = 1e-5;

  private final Map<Layer, Integer> uses = new IdentityHashMap<>();
  private Optional<Step.Affine> ofImages = Optional.empty();

  private Rewrites() {}

  /**
   * Layers in order.
   *
   * @param ofImages what the file does to images before the first layer, which is a matter of
   *     preprocessing
   */
  record Rewritten(List<Layer> layers, Optional<Step.Affine> ofImages) {}

  /** The layers that lead to {@code last}, inputs first, rewritten. */
  static Rewritten of(Layer last) {
    Layer joined = new Rewrites().each(last, Rewrites::join);
    Rewrites second = new Rewrites();
    Layer placed = second.each(joined, Rewrites::place);
    return new Rewritten(order(placed), second.ofImages);
  }

  private interface Rule {
    Layer rewrite(Rewrites in, Layer layer, Layer before);
  }

  /** Applies a rule to each layer, whose inputs have been rewritten. */
  private Layer each(Layer last, Rule rule) {
    List<Layer> order = order(last);
    order.forEach(l -> l.inputs().forEach(i -> uses.merge(i, 1, Integer::sum)));
    Map<Layer, Layer> rewritten = new IdentityHashMap<>();
    for (Layer l : order) {
      List<Layer> inputs =
          l.inputs().stream().map(i -> Objects.requireNonNull(rewritten.get(i))).toList();
      Layer with = new Layer(l.step(), inputs, l.params(), l.channels(), l.height(), l.width());
      rewritten.put(l, inputs.size() == 1 ? rule.rewrite(this, with, l.input()) : with);
    }
    return Objects.requireNonNull(rewritten.get(last));
  }

  static List<Layer> order(Layer last) {
    List<Layer> order = new ArrayList<>();
    Set<Layer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Layer> open = new ArrayList<>(List.of(last));
    while (!open.isEmpty()) {
      Layer top = open.get(open.size() - 1);
      List<Layer> missing = top.inputs().stream().filter(i -> !seen.contains(i)).toList();
      if (missing.isEmpty()) {
        open.remove(open.size() - 1);
        if (seen.add(top)) {
          order.add(top);
        }
      } else {
        open.add(missing.get(0));
      }
    }
    return order;
  }

  private boolean isReadOnce(Layer original) {
    return uses.getOrDefault(original, 0) == 1;
  }

  /** Joins two neighboring sums or products into one. */
  private static Layer join(Rewrites in, Layer layer, Layer before) {
    if (layer.step() instanceof Step.Affine a
        && layer.input().step() instanceof Step.Select s
        && in.isReadOnce(before)
        && isOrder(s, layer.input().input().channels())) {
      Layer inner =
          new Layer(
              reordered(a, s),
              layer.input().inputs(),
              Map.of(),
              layer.channels(),
              layer.height(),
              layer.width());
      return new Layer(
          s,
          List.of(join(in, inner, before.input())),
          Map.of(),
          layer.channels(),
          layer.height(),
          layer.width());
    }
    if (!(layer.step() instanceof Step.Affine second)
        || !(layer.input().step() instanceof Step.Affine first)
        || !in.isReadOnce(before)) {
      return layer;
    }
    int n = first.scale().length;
    double[] mean = first.mean().clone();
    double[] scale = new double[n];
    double[] shift = new double[n];
    boolean early = first.isShift();
    for (int c = 0; c < n; c++) {
      if (early) {
        // The sum before a norm moves the mean, so the norm's shift stays what it was.
        mean[c] = first.mean()[c] - first.shift()[c] + second.mean()[c];
        scale[c] = second.scale()[c];
        shift[c] = second.shift()[c];
      } else {
        scale[c] = first.scale()[c] * second.scale()[c];
        shift[c] = (first.shift()[c] - second.mean()[c]) * second.scale()[c] + second.shift()[c];
      }
    }
    return new Layer(
        new Step.Affine(mean, scale, shift, first.single() && second.single()),
        layer.input().inputs(),
        Map.of(),
        layer.channels(),
        layer.height(),
        layer.width());
  }

  private static boolean isOrder(Step.Select s, int channels) {
    return s.from().size() == channels && Set.copyOf(s.from()).size() == channels;
  }

  /** The numbers for the channels before they are reordered. */
  private static Step.Affine reordered(Step.Affine a, Step.Select s) {
    int n = a.scale().length;
    double[] mean = new double[n];
    double[] scale = new double[n];
    double[] shift = new double[n];
    for (int c = 0; c < n; c++) {
      int to = s.from().get(c);
      mean[to] = a.mean()[c];
      scale[to] = a.scale()[c];
      shift[to] = a.shift()[c];
    }
    return new Step.Affine(mean, scale, shift, a.single());
  }

  /** A convolution that reads channels in their own order: its weights are reordered. */
  private static Layer withSelection(Layer conv, Op.Conv2d op, Step.Select s) {
    Layer from = conv.input().input();
    int channels = from.channels();
    Map<Role, Supplier<float[]>> params = new EnumMap<>(Role.class);
    params.putAll(conv.params());
    Supplier<float[]> own = Objects.requireNonNull(conv.params().get(Role.WEIGHT));
    int cells = op.window().kernelH() * op.window().kernelW();
    params.put(
        Role.WEIGHT,
        () -> {
          float[] read = own.get();
          float[] all = new float[op.outChannels() * channels * cells];
          for (int o = 0; o < op.outChannels(); o++) {
            for (int c = 0; c < s.from().size(); c++) {
              for (int i = 0; i < cells; i++) {
                all[(o * channels + s.from().get(c)) * cells + i] +=
                    read[(o * s.from().size() + c) * cells + i];
              }
            }
          }
          return all;
        });
    return new Layer(
        conv.step(), List.of(from), params, conv.channels(), conv.height(), conv.width());
  }

  /** Makes a sum or product part of the layer before it, or a layer. */
  private static Layer place(Rewrites in, Layer layer, Layer before) {
    if (layer.step() instanceof Step.Plain p
        && p.op() instanceof Op.Conv2d o
        && o.groups() == 1
        && layer.input().step() instanceof Step.Select s) {
      return withSelection(layer, o, s);
    }
    if (layer.step() instanceof Step.Pad p && p.value() == 0 && !p.edge()) {
      return Layer.padded(layer.input(), p.top(), p.left(), p.bottom(), p.right());
    }
    if (!(layer.step() instanceof Step.Affine a)) {
      return layer;
    }
    Layer x = layer.input();
    boolean rising = java.util.Arrays.stream(a.scale()).allMatch(s -> s > 0);
    if (x.is(Op.Input.class) && in.isReadOnce(before) && rising) {
      in.ofImages = Optional.of(a);
      return x;
    }
    if (a.single() && a.isShift() && a.shift()[0] == a.mean()[0]) {
      return x;
    }
    if (a.single() && !a.isShift()) {
      double scale = a.scale()[0];
      return x.then(new Op.Affine(scale, a.shift()[0] - scale * a.mean()[0]));
    }
    if (x.step() instanceof Step.Plain p && in.isReadOnce(before)) {
      boolean bare = !x.params().containsKey(Role.BIAS);
      if (p.op() instanceof Op.Conv2d o && bare && a.isShift()) {
        Op op =
            new Op.Conv2d(
                o.outChannels(), o.window(), o.groups(), true, o.weightInit(), o.biasInit());
        return withBias(x, op, a);
      } else if (p.op() instanceof Op.Linear o) {
        Op op = new Op.Linear(o.outFeatures(), true, o.weightInit(), o.biasInit());
        return scaled(withBias(x, op, a), x, a);
      } else if (p.op() instanceof Op.BatchNorm) {
        return ofNorm(x, a);
      }
    }
    return norm(x, a);
  }

  private static Layer withBias(Layer x, Op op, Step.Affine a) {
    Map<Role, Supplier<float[]>> params = new EnumMap<>(Role.class);
    params.putAll(x.params());
    Supplier<float[]> own = x.params().get(Role.BIAS);
    params.put(
        Role.BIAS,
        () -> {
          float[] bias = own == null ? new float[a.shift().length] : own.get().clone();
          for (int c = 0; c < bias.length; c++) {
            bias[c] = (float) ((bias[c] - a.mean()[c]) * a.scale()[c] + a.shift()[c]);
          }
          return bias;
        });
    return new Layer(new Step.Plain(op), x.inputs(), params, x.channels(), x.height(), x.width());
  }

  private static Layer scaled(Layer biased, Layer x, Step.Affine a) {
    if (a.isShift()) {
      return biased;
    }
    Map<Role, Supplier<float[]>> params = new EnumMap<>(Role.class);
    params.putAll(biased.params());
    Supplier<float[]> own = Objects.requireNonNull(x.params().get(Role.WEIGHT));
    params.put(
        Role.WEIGHT,
        () -> {
          float[] weight = own.get().clone();
          int each = weight.length / a.scale().length;
          for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) (weight[i] * a.scale()[i / each]);
          }
          return weight;
        });
    return new Layer(biased.step(), biased.inputs(), params, x.channels(), x.height(), x.width());
  }

  /** A norm whose scale and shift follow as a sum and product, as Caffe writes it. */
  private static Layer ofNorm(Layer x, Step.Affine a) {
    Map<Role, Supplier<float[]>> params = new EnumMap<>(Role.class);
    params.putAll(x.params());
    Supplier<float[]> scale = Objects.requireNonNull(x.params().get(Role.NORM_SCALE));
    Supplier<float[]> shift = Objects.requireNonNull(x.params().get(Role.NORM_SHIFT));
    params.put(Role.NORM_SCALE, () -> map(scale.get(), (v, c) -> v * a.scale()[c]));
    params.put(
        Role.NORM_SHIFT,
        () -> map(shift.get(), (v, c) -> (v - a.mean()[c]) * a.scale()[c] + a.shift()[c]));
    return new Layer(x.step(), x.inputs(), params, x.channels(), x.height(), x.width());
  }

  private interface Each {
    double of(double value, int channel);
  }

  private static float[] map(float[] values, Each each) {
    float[] all = new float[values.length];
    for (int c = 0; c < all.length; c++) {
      all[c] = (float) each.of(values[c], c);
    }
    return all;
  }

  /**
   * A batch norm with this mean, scale and shift. The file has only the quotient of gamma and
   * deviation; gamma is taken for 1, near which it is trained, so that the norm does in training
   * about what it does now.
   */
  private static Layer norm(Layer x, Step.Affine a) {
    int n = a.scale().length;
    float[] gamma = new float[n];
    float[] variance = new float[n];
    for (int c = 0; c < n; c++) {
      double s = a.scale()[c];
      double v = 1 / (s * s) - EPSILON;
      boolean usual = v > EPSILON && v < 1 / EPSILON;
      variance[c] = (float) (usual ? v : 1);
      gamma[c] = (float) (s * Math.sqrt(variance[c] + EPSILON));
    }
    Map<Role, Supplier<float[]>> params = new EnumMap<>(Role.class);
    params.put(Role.NORM_SCALE, () -> gamma);
    params.put(Role.NORM_SHIFT, () -> floats(a.shift()));
    params.put(Role.RUNNING_MEAN, () -> floats(a.mean()));
    params.put(Role.RUNNING_VAR, () -> variance);
    Op op = new Op.BatchNorm(EPSILON, 0.1, new Initializer.Constant(1));
    return new Layer(new Step.Plain(op), List.of(x), params, x.channels(), x.height(), x.width());
  }

  private static float[] floats(double[] values) {
    float[] all = new float[values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) values[i];
    }
    return all;
  }
}
