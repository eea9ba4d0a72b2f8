package dev.fovea.data.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The evaluation transform from an image to the network's input; stored in the model file.
 *
 * <p>Resizes the shorter side, crops the center (torchvision's {@code Resize} and {@code
 * CenterCrop}: offsets are rounded half to even, pixels outside the image are black), and maps
 * every channel to {@code (value - mean) / std}. An image that already has the right size is not
 * resampled.
 *
 * @param channels C: 3 for color, 1 for gray (Pillow's {@code convert("L")})
 * @param height H in pixels
 * @param width W in pixels
 * @param resizeShorter shorter side in pixels before the crop, for example 256 = 224 / 0.875
 * @param interpolation the resampling filter
 * @param mean per channel, in the network's channel order and value range
 * @param std per channel, likewise; positive
 * @param order channel order that the network expects
 * @param range scale of the pixel values before normalization
 * @param decoding how far pictures are decoded
 */
public record Preprocessing(
    int channels,
    int height,
    int width,
    int resizeShorter,
    Interpolation interpolation,
    List<Double> mean,
    List<Double> std,
    ChannelOrder order,
    ValueRange range,
    Decoding decoding) {
  /** The order of the color channels that a network expects. */
  public enum ChannelOrder {
    /** Red first. */
    RGB,
    /** Blue first, as in networks trained with Caffe. */
    BGR
  }

  /** The scale of pixel values that mean and std refer to. */
  public enum ValueRange {
    /** 0 to 1: bytes divided by 255. */
    UNIT,
    /** 0 to 255: unscaled bytes. */
    BYTE
  }

  /** The mean of ImageNet's training images, from torchvision. */
  public static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);

  /** The standard deviation of ImageNet's training images, from torchvision. */
  public static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

  /** Checks the values and copies the lists. */
  public Preprocessing {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (channels != 1 && channels != 3) {
      throw new DataException("preprocessing: channels must be 1 or 3, got " + channels);
    }
    if (height < 1 || width < 1 || resizeShorter < 1) {
      throw new DataException(
          "preprocessing: sizes must be at least 1, got "
              + height
              + "x"
              + width
              + " after resizing to "
              + resizeShorter);
    }
    if (mean.size() != channels || std.size() != channels) {
      throw new DataException(
          "preprocessing: mean " + mean + " and std " + std + " need " + channels + " values each");
    }
    for (int c = 0; c < channels; c++) {
      if (!Double.isFinite(mean.get(c)) || !Double.isFinite(std.get(c)) || !(std.get(c) > 0)) {
        throw new DataException(
            "preprocessing: mean must be finite and std positive, got " + mean + " and " + std);
      }
    }
  }

  /** A copy with another decoding. */
  public Preprocessing with(Decoding other) {
    return new Preprocessing(
        channels, height, width, resizeShorter, interpolation, mean, std, order, range, other);
  }

  /** A copy for square inputs of {@code side} pixels, to which the shorter side is resized. */
  public Preprocessing square(int side) {
    return new Preprocessing(
        channels, side, side, side, interpolation, mean, std, order, range, decoding);
  }

  /** A copy for results that nobody scores, in training and prediction. */
  public Preprocessing unscored() {
    return with(decoding.unscored());
  }

  /**
   * For data whose images already have the network's size, such as CIFAR; other images are resized
   * to it.
   */
  public static Preprocessing nativeSize(
      int height, int width, List<Double> mean, List<Double> std) {
    return new Preprocessing(
        mean.size(),
        height,
        width,
        Math.min(height, width),
        Interpolation.BICUBIC,
        mean,
        std,
        ChannelOrder.RGB,
        ValueRange.UNIT,
        Decoding.AUTO);
  }

  /**
   * ImageNet preprocessing: resizes the shorter side to {@code side / cropFraction}, rounded down,
   * and crops a square of {@code side}.
   */
  public static Preprocessing imagenet(int side, double cropFraction, Interpolation interpolation) {
    if (!(cropFraction > 0 && cropFraction <= 1)) {
      throw new DataException(
          "preprocessing: the crop fraction must lie in (0, 1], got " + cropFraction);
    }
    return new Preprocessing(
        3,
        side,
        side,
        (int) Math.floor(side / cropFraction),
        interpolation,
        IMAGENET_MEAN,
        IMAGENET_STD,
        ChannelOrder.RGB,
        ValueRange.UNIT,
        Decoding.AUTO);
  }

  /** Resizes and crops {@code in} to the network's size, without normalizing it. */
  public Image fit(Picture in) {
    if (in.width() == width && in.height() == height && Math.min(width, height) == resizeShorter) {
      return in.whole();
    }
    Resize.Box full = Resize.shorterSideSize(in, resizeShorter);
    int left = (int) Math.rint((full.width() - width) / 2.0);
    int top = (int) Math.rint((full.height() - height) / 2.0);
    Resize.Box seen =
        new Resize.Box(
            Math.max(0, left),
            Math.max(0, top),
            Math.min(width, full.width()),
            Math.min(height, full.height()));
    Image part =
        Resize.window(
            decoding.of(in), Resize.Box.of(in), full.width(), full.height(), seen, interpolation);
    return part.crop(Math.min(0, left), Math.min(0, top), width, height);
  }

  /**
   * The network's input as an image, before normalization: {@link #fit}, converted to gray if the
   * network has one input channel.
   */
  public Image input(Picture in) {
    Image fitted = fit(in);
    if (channels != 1) {
      return fitted;
    }
    Image gray = Image.black(width, height);
    for (int i = 0; i < gray.rgb().length; i += Image.CHANNELS) {
      Arrays.fill(gray.rgb(), i, i + Image.CHANNELS, (byte) Image.gray(fitted.rgb(), i));
    }
    return gray;
  }

  /** Fits and normalizes {@code in} to planes (C, H, W). */
  public float[] apply(Picture in) {
    float[] planes = new float[channels * height * width];
    new Normalizer(this).floats(fit(in), planes);
    return planes;
  }

  /** This preprocessing as numbers, strings and lists for JSON; the inverse of {@link #fromMap}. */
  public Map<String, Object> toMap() {
    Map<String, Object> m = new LinkedHashMap<>();
    m.put("channels", channels);
    m.put("height", height);
    m.put("width", width);
    m.put("resize_shorter", resizeShorter);
    m.put("interpolation", interpolation.name().toLowerCase(Locale.ROOT));
    m.put("mean", mean);
    m.put("std", std);
    m.put("channel_order", order.name());
    m.put("value_range", range == ValueRange.UNIT ? "0..1" : "0..255");
    m.put("decode", decoding.label());
    return m;
  }

  /**
   * Reads what {@link #toMap} wrote. Earlier versions, whose files have no {@code decode}, decoded
   * exactly.
   *
   * @throws DataException naming the entry that is missing or has the wrong type
   */
  public static Preprocessing fromMap(Map<String, ?> m) {
    String order = text(m, "channel_order");
    String range = text(m, "value_range");
    if (!order.equals("RGB") && !order.equals("BGR")) {
      throw new DataException("preprocessing: channel_order must be RGB or BGR, got " + order);
    }
    if (!range.equals("0..1") && !range.equals("0..255")) {
      throw new DataException("preprocessing: value_range must be 0..1 or 0..255, got " + range);
    }
    return new Preprocessing(
        whole(m, "channels"),
        whole(m, "height"),
        whole(m, "width"),
        whole(m, "resize_shorter"),
        Interpolation.parse(text(m, "interpolation")),
        numbers(m, "mean"),
        numbers(m, "std"),
        ChannelOrder.valueOf(order),
        range.equals("0..1") ? ValueRange.UNIT : ValueRange.BYTE,
        m.containsKey("decode") ? Decoding.parse(text(m, "decode")) : Decoding.EXACT);
  }

  private static Object entry(Map<String, ?> m, String key) {
    Object value = m.get(key);
    if (value == null) {
      throw new DataException(
          "preprocessing: the entry '" + key + "' is missing; expected one of " + m.keySet());
    }
    return value;
  }

  private static String text(Map<String, ?> m, String key) {
    return entry(m, key).toString();
  }

  private static int whole(Map<String, ?> m, String key) {
    double d = number(entry(m, key), key);
    if (d != Math.rint(d) || Math.abs(d) > 1 << 20) {
      throw new DataException(
          "preprocessing: '" + key + "' must be a whole number up to 2^20, got " + d);
    }
    return (int) d;
  }

  private static double number(Object value, String key) {
    if (value instanceof Number n) {
      return n.doubleValue();
    }
    throw new DataException("preprocessing: '" + key + "' must be a number, got '" + value + "'");
  }

  private static List<Double> numbers(Map<String, ?> m, String key) {
    if (!(entry(m, key) instanceof List<?> list)) {
      throw new DataException(
          "preprocessing: '" + key + "' must be a list of numbers, got '" + m.get(key) + "'");
    }
    List<Double> numbers = new ArrayList<>();
    for (Object o : list) {
      numbers.add(number(o == null ? "null" : o, key));
    }
    return numbers;
  }
}
