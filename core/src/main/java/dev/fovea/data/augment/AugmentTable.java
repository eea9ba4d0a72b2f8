package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Interpolation;
import java.util.List;
import java.util.Optional;

/**
 * The registry of augmentations by their names in recipes, in the order in which help lists them.
 */
public final class AugmentTable {
  private static final List<Row> ROWS =
      List.of(
          new Row(
              "pad-crop(pad=4,padding=zero)",
              (o, h, w) ->
                  new PadCrop(o.whole("pad", 4), o.choice("padding", PadCrop.Padding.ZERO))),
          new Row("flip(p=0.5)", (o, h, w) -> new HorizontalFlip(o.number("p", 0.5))),
          new Row("alternating-flip", (o, h, w) -> new AlternatingFlip()),
          new Row("cutout(side=8)", (o, h, w) -> new Cutout(o.whole("side", 8))),
          new Row("resized-crop(area=0.08,ratio=0.75,filter=bilinear)", AugmentTable::resizedCrop),
          new Row(
              "inception-crop(area=0.05,covered=0.1,filter=random)", AugmentTable::inceptionCrop),
          new Row("scale-crop", AugmentTable::scaleCrop),
          new Row(
              "photometric(order=either,strength=1)",
              (o, h, w) ->
                  new PhotometricDistortion(
                      o.choice("order", PhotometricDistortion.Order.EITHER),
                      o.number("strength", 1))),
          new Row(
              "jitter(brightness=0.4,contrast=0.4,saturation=0.4,hue=0)",
              (o, h, w) ->
                  new ColorJitter(
                      o.number("brightness", 0.4),
                      o.number("contrast", 0.4),
                      o.number("saturation", 0.4),
                      o.number("hue", 0))),
          new Row(
              "lighting(std=0.1)",
              (o, h, w) -> new Lighting(o.number("std", 0.1), ColorPca.IMAGENET)),
          new Row(
              "rand-augment(n=2,m=9)",
              (o, h, w) -> new RandAugment(o.whole("n", 2), o.whole("m", 9))),
          new Row("trivial-augment", (o, h, w) -> new TrivialAugment()),
          new Row(
              "erasing(p=0.25,least=0.02,most=0.33,ratio=0.3,fill=mean)",
              (o, h, w) ->
                  new RandomErasing(
                      o.number("p", 0.25),
                      o.number("least", 0.02),
                      o.number("most", 0.33),
                      o.number("ratio", 0.3),
                      o.choice("fill", RandomErasing.Fill.MEAN))));

  /** Creates an augmentation from its options for a network's input size. */
  @FunctionalInterface
  private interface Parser {
    Augment parse(AugmentOptions options, int height, int width);
  }

  /**
   * An augmentation that recipes can name.
   *
   * @param usage the name with all options and their defaults
   */
  private record Row(String usage, Parser parser) {
    String name() {
      int options = usage.indexOf('(');
      return options < 0 ? usage : usage.substring(0, options);
    }
  }

  private AugmentTable() {}

  /** The names of all augmentations. */
  public static List<String> names() {
    return ROWS.stream().map(Row::name).toList();
  }

  /** The names with their options and defaults, for example {@code cutout(side=8)}. */
  public static List<String> usages() {
    return ROWS.stream().map(Row::usage).toList();
  }

  /**
   * Creates an augmentation by name; empty if there is none of this name.
   *
   * @param height of the network's input in pixels
   * @param width likewise
   * @throws DataException if an option cannot be read or is out of range
   */
  public static Optional<Augment> parse(
      String name, AugmentOptions options, int height, int width) {
    return ROWS.stream()
        .filter(r -> r.name().equals(name))
        .findFirst()
        .map(r -> r.parser().parse(options, height, width));
  }

  private static Augment resizedCrop(AugmentOptions o, int height, int width) {
    double ratio = o.number("ratio", 0.75);
    return new RandomResizedCrop(
        height, width, o.number("area", 0.08), 1, ratio, 1 / ratio, o.filters("bilinear"));
  }

  private static Augment inceptionCrop(AugmentOptions o, int height, int width) {
    InceptionCrop standard = InceptionCrop.standard(height, width);
    boolean asInCode = !o.has("ratio");
    double ratio = o.number("ratio", standard.minRatio());
    return new InceptionCrop(
        height,
        width,
        o.number("area", standard.area()),
        o.number("covered", standard.covered()),
        ratio,
        // TensorFlow rounds 4/3 to 1.33.
        asInCode ? standard.maxRatio() : 1 / ratio,
        o.filters("random"));
  }

  // The paper's 256..480 are for inputs of 224 pixels.
  private static Augment scaleCrop(AugmentOptions o, int height, int width) {
    int side = Math.max(height, width);
    return new ResizeRandomCrop(
        o.whole("from", Math.round(side * 256 / 224f)),
        o.whole("to", Math.round(side * 480 / 224f)),
        height,
        width,
        Interpolation.BILINEAR);
  }
}
