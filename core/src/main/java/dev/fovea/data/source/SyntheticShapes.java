package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.tensor.Rng;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The built-in generated data set: one of ten shapes per image, with random position, size, angle
 * and color, on a textured background with distractors and noise.
 *
 * <p>An image is a function of (seed, size, split, index). Training and validation images come from
 * different keys.
 *
 * @param size width and height in pixels, at least 8
 * @param count number of training images
 * @param val number of validation images
 * @param seed determines the images
 */
public record SyntheticShapes(int size, int count, int val, long seed) {
  /** 10,000 training and 2,000 validation images of 32x32. */
  public static final SyntheticShapes STANDARD = new SyntheticShapes(32, 10_000, 2_000, 0);

  private static final String NAME = "shapes";
  private static final Pattern SYNTAX = Pattern.compile(NAME + "(?:\\((.*)\\))?");

  /** Checks the ranges. */
  public SyntheticShapes {
    if (size < 8 || size > 4096) {
      throw new DataException("shapes: size must lie in 8..4096, got " + size);
    }
    int classes = ShapeArtist.CLASSES.size();
    if (count < classes || val < classes) {
      throw new DataException(
          "shapes: count and val must be at least "
              + classes
              + ", one per class; got "
              + count
              + " and "
              + val);
    }
  }

  static boolean isName(String text) {
    return SYNTAX.matcher(text.strip()).matches();
  }

  /**
   * Parses {@code shapes} or {@code shapes(size=32,count=10000,val=2000,seed=0)}; every option may
   * be omitted.
   *
   * @throws DataException if an option is unknown or not a number, naming it
   */
  public static SyntheticShapes parse(String text) {
    Matcher m = SYNTAX.matcher(text.strip());
    if (!m.matches()) {
      throw new DataException(
          "'" + text + "' is not a generated set; expected shapes or shapes(size=32,count=10000)");
    }
    Map<String, Long> options = new HashMap<>();
    String inner = m.group(1) == null ? "" : m.group(1).strip();
    for (String option : inner.isEmpty() ? new String[0] : inner.split(",")) {
      String[] parts = option.split("=", -1);
      String key = parts[0].strip();
      if (parts.length != 2 || !List.of("size", "count", "val", "seed").contains(key)) {
        throw new DataException(
            "shapes: unknown option '"
                + option.strip()
                + "'; expected size, count, val or seed = number");
      }
      try {
        options.put(key, Long.parseLong(parts[1].strip()));
      } catch (NumberFormatException e) {
        throw new DataException(
            "shapes: " + key + " must be a whole number, got '" + parts[1].strip() + "'", e);
      }
    }
    return new SyntheticShapes(
        number(options, "size", STANDARD.size),
        number(options, "count", STANDARD.count),
        number(options, "val", STANDARD.val),
        options.getOrDefault("seed", STANDARD.seed));
  }

  private static int number(Map<String, Long> options, String key, int otherwise) {
    long value = options.getOrDefault(key, (long) otherwise);
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new DataException("shapes: " + key + " is out of range: " + value);
    }
    return (int) value;
  }

  /**
   * The images of one split, drawn on demand; {@link Split#ALL} is training followed by validation.
   */
  public Dataset open(Split split) {
    return new Drawn(this, split);
  }

  private record Drawn(SyntheticShapes shapes, Split split) implements Dataset {
    @Override
    public String description() {
      return split
          + " of shapes(size="
          + shapes.size
          + ",count="
          + shapes.count
          + ",val="
          + shapes.val
          + ",seed="
          + shapes.seed
          + ")";
    }

    @Override
    public List<String> classes() {
      return ShapeArtist.CLASSES;
    }

    @Override
    public int size() {
      return switch (split) {
        case TRAIN -> shapes.count;
        case VAL, TEST -> shapes.val;
        case ALL -> shapes.count + shapes.val;
      };
    }

    private boolean isTraining(int i) {
      return split == Split.TRAIN || split == Split.ALL && i < shapes.count;
    }

    private int within(int i) {
      if (i < 0 || i >= size()) {
        throw new IndexOutOfBoundsException("image " + i + " of " + size());
      }
      return split == Split.ALL && i >= shapes.count ? i - shapes.count : i;
    }

    @Override
    public int label(int i) {
      return within(i) % ShapeArtist.CLASSES.size();
    }

    @Override
    public String name(int i) {
      return (isTraining(i) ? "train/" : "val/") + classes().get(label(i)) + "/" + within(i);
    }

    @Override
    public long bytes(int i) {
      return 3L * shapes.size * shapes.size;
    }

    @Override
    public long checksum(int i) {
      return shapes.seed;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public Image image(int i) {
      Rng rng = Rng.of(shapes.seed, isTraining(i) ? 1 : 2, within(i));
      return new ShapeArtist(shapes.size, rng).draw(label(i));
    }

    @Override
    public void close() {}
  }
}
