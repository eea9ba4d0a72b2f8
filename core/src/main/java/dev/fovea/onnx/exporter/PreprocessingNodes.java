package dev.fovea.onnx.exporter;

import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxType;
import java.util.HashMap;
import java.util.Map;

/**
 * The nodes that turn RGB images as bytes, (N, H, W, 3), into a network's input: resizing of the
 * shorter side with antialiasing as in Pillow, central crop, and normalization. All images of a
 * batch have one size.
 */
final class PreprocessingNodes {
  private static final int[] LUMA = {19595, 38470, 7471};
  private static final String NAME = "preprocessing.";

  private final NodeList list;
  private final Preprocessing p;

  PreprocessingNodes(NodeList list, Preprocessing preprocessing) {
    this.list = list;
    this.p = preprocessing;
  }

  /**
   * Adds the nodes and returns the name of their result.
   *
   * @throws OnnxException if ONNX has no operator for a part of it
   */
  String add(String images) {
    if (p.interpolation() == Interpolation.BOX || p.interpolation() == Interpolation.LANCZOS) {
      throw new OnnxException(
          "the model's preprocessing resizes with the filter "
              + p.interpolation()
              + ", which ONNX does not have; export without preprocessing, or give the model"
              + " bilinear, bicubic or nearest interpolation");
    }
    if (p.resizeShorter() < Math.max(p.height(), p.width())) {
      throw new OnnxException(
          "the model's preprocessing resizes the shorter side to "
              + p.resizeShorter()
              + " and pads to "
              + p.height()
              + "x"
              + p.width()
              + " with black, which is not written as nodes; export without preprocessing");
    }
    String planes =
        list.add("Transpose", NAME + "planes", Map.of("perm", Attribute.list(0, 3, 1, 2)), images);
    String cut = crop(planes);
    return normalize(p.channels() == 1 ? gray(cut) : color(cut));
  }

  private String add(String operator, String name, String... inputs) {
    return list.add(operator, NAME + name, Map.of(), inputs);
  }

  private String cast(String name, OnnxType type, String input) {
    Map<String, Attribute> to = Map.of("to", Attribute.of(type.number()));
    return list.add("Cast", NAME + name, to, input);
  }

  private String longs(String name, long... values) {
    return list.longs(NAME + name, values);
  }

  /** Sizes are computed in whole numbers as torchvision does: side * longer / shorter. */
  private String crop(String planes) {
    String shape = add("Shape", "shape", planes);
    String two = longs("2", 2);
    String size =
        add("Slice", "size", shape, two, longs("4", 4), longs("axis", 0), longs("step", 1));
    String shorter =
        list.add("ReduceMin", NAME + "shorter", Map.of("keepdims", Attribute.of(1)), size);
    String scaled = add("Mul", "scaled", size, longs("side", p.resizeShorter()));
    String full = add("Div", "full", scaled, shorter);
    String front = add("Slice", "front", shape, longs("0", 0), two);
    String sizes = list.add("Concat", NAME + "sizes", Map.of("axis", Attribute.of(0)), front, full);
    String resized = list.add("Resize", NAME + "resized", filter(), planes, "", "", sizes);
    String wanted = longs("crop", p.height(), p.width());
    String margin = cast("margin", OnnxType.FLOAT, add("Sub", "rest", full, wanted));
    String half = add("Mul", "half", margin, list.scalar(NAME + "one_half", 0.5));
    // Round is to even at ties, like torchvision's CenterCrop.
    String start = cast("start", OnnxType.INT64, add("Round", "offset", half));
    String end = add("Add", "end", start, wanted);
    return add("Slice", "cropped", resized, start, end, longs("axes", 2, 3));
  }

  private Map<String, Attribute> filter() {
    Map<String, Attribute> a = new HashMap<>();
    a.put("coordinate_transformation_mode", Attribute.of("half_pixel"));
    switch (p.interpolation()) {
      case NEAREST -> {
        a.put("mode", Attribute.of("nearest"));
        a.put("nearest_mode", Attribute.of("round_prefer_ceil"));
      }
      case BICUBIC -> {
        a.put("mode", Attribute.of("cubic"));
        a.put("cubic_coeff_a", Attribute.of(-0.5f));
        a.put("exclude_outside", Attribute.of(1));
        a.put("antialias", Attribute.of(1));
      }
      default -> {
        a.put("mode", Attribute.of("linear"));
        a.put("antialias", Attribute.of(1));
      }
    }
    return a;
  }

  /** Pillow's conversion to gray, in whole numbers. */
  private String gray(String cut) {
    String whole = cast("whole", OnnxType.INT64, cut);
    String luma = longs("luma", LUMA[0], LUMA[1], LUMA[2]);
    String column = add("Reshape", "luma_column", luma, longs("luma_shape", 3, 1, 1));
    String parts = add("Mul", "parts", whole, column);
    String sum = add("ReduceSum", "sum", parts, longs("channels", 1));
    String rounded = add("Add", "rounded", sum, longs("one_half_of_65536", 0x8000));
    return cast("gray", OnnxType.FLOAT, add("Div", "luminance", rounded, longs("65536", 1 << 16)));
  }

  private String color(String cut) {
    String real = cast("real", OnnxType.FLOAT, cut);
    if (p.order() == Preprocessing.ChannelOrder.RGB) {
      return real;
    }
    String reversed = longs("blue_first", 2, 1, 0);
    return list.add("Gather", NAME + "reversed", Map.of("axis", Attribute.of(1)), real, reversed);
  }

  private String normalize(String real) {
    double range = p.range() == Preprocessing.ValueRange.UNIT ? 255 : 1;
    int[] dims = {1, p.channels(), 1, 1};
    String mean = list.floats(NAME + "mean", dims, () -> scaled(p.mean(), range));
    String std = list.floats(NAME + "std", dims, () -> scaled(p.std(), range));
    return add("Div", "normalized", add("Sub", "centered", real, mean), std);
  }

  private static float[] scaled(java.util.List<Double> values, double by) {
    float[] scaled = new float[values.size()];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (values.get(i) * by);
    }
    return scaled;
  }
}
