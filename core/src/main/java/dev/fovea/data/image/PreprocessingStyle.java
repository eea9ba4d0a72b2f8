package dev.fovea.data.image;

import dev.fovea.data.image.Preprocessing.ChannelOrder;
import dev.fovea.data.image.Preprocessing.ValueRange;
import dev.fovea.tensor.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A published preprocessing convention (normalization, channel order, resizing) that applies to
 * networks of any input size.
 *
 * @param mean per channel, on the scale of {@code range}
 * @param std per channel, likewise
 * @param resize shorter side before the crop, relative to the network's input side
 */
public record PreprocessingStyle(
    List<Double> mean,
    List<Double> std,
    ChannelOrder order,
    ValueRange range,
    double resize,
    Interpolation interpolation) {
  /** Inputs up to this side get no extra margin before the crop. */
  private static final int SMALL = 64;

  private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);
  private static final List<Double> ZERO = List.of(0.0, 0.0, 0.0);
  private static final List<Double> ONE = List.of(1.0, 1.0, 1.0);
  private static final Map<String, PreprocessingStyle> ALL = all();

  /** Copies the lists. */
  public PreprocessingStyle {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  private static PreprocessingStyle unit(List<Double> mean, List<Double> std) {
    return new PreprocessingStyle(
        mean, std, ChannelOrder.RGB, ValueRange.UNIT, 8.0 / 7, Interpolation.BILINEAR);
  }

  private static PreprocessingStyle bytes(Double... meanOfBlueGreenRed) {
    return new PreprocessingStyle(
        List.of(meanOfBlueGreenRed),
        ONE,
        ChannelOrder.BGR,
        ValueRange.BYTE,
        8.0 / 7,
        Interpolation.BILINEAR);
  }

  private static Map<String, PreprocessingStyle> all() {
    Map<String, PreprocessingStyle> styles = new TreeMap<>();
    // torchvision, and akamaster's CIFAR networks: shorter side 256, center crop 224.
    styles.put("imagenet", unit(Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD));
    // torchvision's googlenet and inception_v3 convert ImageNet-normalized input to this range.
    styles.put("half", unit(HALF, HALF));
    // nsfwjs: bytes divided by 255, nothing else.
    styles.put("unit", unit(ZERO, ONE));
    // timm's resnetv2: crop fraction 0.95, rounded down.
    styles.put(
        "timm-half",
        new PreprocessingStyle(
            HALF, HALF, ChannelOrder.RGB, ValueRange.UNIT, 235.0 / 224, Interpolation.BICUBIC));
    // Cadene's bn_inception.
    styles.put("cadene", bytes(104.0, 117.0, 128.0));
    // BVLC's models.
    styles.put("caffe", bytes(104.0, 117.0, 123.0));
    // Wide ResNets on CIFAR (Zagoruyko and Komodakis).
    styles.put(
        "wrn",
        unit(
            List.of(125.3 / 255, 123.0 / 255, 113.9 / 255),
            List.of(63.0 / 255, 62.1 / 255, 66.7 / 255)));
    // CIFAR-10's per-channel statistics, as most other code has them.
    styles.put("cifar10", unit(List.of(0.4914, 0.4822, 0.4465), List.of(0.2470, 0.2435, 0.2616)));
    return Collections.unmodifiableMap(styles);
  }

  /** All names. */
  public static Set<String> names() {
    return ALL.keySet();
  }

  /** The style of this name; empty if there is none. */
  public static Optional<PreprocessingStyle> named(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** The preprocessing for a network with input shape {@code input} = (3, H, W). */
  public Preprocessing of(Shape input) {
    int h = input.dim(1);
    int w = input.dim(2);
    int side = Math.min(h, w);
    boolean small = side <= SMALL;
    return new Preprocessing(
        input.dim(0),
        h,
        w,
        small ? side : (int) Math.round(side * resize),
        small ? Interpolation.BICUBIC : interpolation,
        mean,
        std,
        order,
        range,
        Decoding.AUTO);
  }
}
