package dev.fovea.train;

import dev.fovea.data.decode.ImageHeader;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.source.Dataset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Properties of a training set that determine the choice of a recipe: number and size of images,
 * number of classes, grey or color, and whether the images show characters.
 *
 * @param images in the training part
 * @param classes in the data set
 * @param median width and height, each the median of a sample
 * @param smallest image of the sample, by its shorter side
 * @param largest image of the sample, by its longer side
 * @param grey whether all images of the sample are grey
 * @param characters whether the images may show characters, which must not be mirrored: the images
 *     are grey and small, or grey with classes named by a single letter or digit, or there are at
 *     least ten such classes
 */
public record DataProfile(
    int images,
    int classes,
    Size median,
    Size smallest,
    Size largest,
    boolean grey,
    boolean characters) {
  private static final int SAMPLE = 256;
  private static final int DECODED = 32;
  private static final int SMALL_GREY = 64;
  private static final int DIGITS = 10;
  private static final int STEP = 32;
  private static final int USUAL_INPUT = 224;

  /** Enlarging more than this costs computation without adding detail. */
  private static final double MOST_ENLARGED = 3;

  /** Reducing more than this, to an input below {@link #FINE_INPUT}, loses essential detail. */
  private static final double MOST_REDUCED = 4;

  private static final int FINE_INPUT = 128;

  /** Width and height in pixels. */
  public record Size(int width, int height) {
    int shorter() {
      return Math.min(width, height);
    }

    int longer() {
      return Math.max(width, height);
    }

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  /**
   * Inspects up to 256 images spread evenly over the set: the headers of all of them and the pixels
   * of 32. Unreadable images are skipped.
   *
   * @throws DataException if none of them can be read
   */
  public static DataProfile of(Dataset set) {
    List<Size> sizes = new ArrayList<>();
    int unreadable = 0;
    boolean grey = true;
    int sample = Math.min(SAMPLE, set.size());
    int step = Math.max(1, sample / DECODED);
    for (int k = 0; k < sample; k++) {
      int i = (int) ((long) k * set.size() / sample);
      try {
        sizes.add(size(set, i));
        if (grey && k % step == 0) {
          grey = isGrey(set.image(i));
        }
      } catch (DataException e) {
        // Training reports the image.
        unreadable++;
      }
    }
    if (sizes.isEmpty()) {
      throw new DataException(
          "none of "
              + unreadable
              + " images of "
              + set.description()
              + " can be read; expected JPEG, PNG or another supported format. Run a data check for"
              + " details");
    }
    Size median =
        new Size(
            median(sizes.stream().map(Size::width).toList()),
            median(sizes.stream().map(Size::height).toList()));
    Size smallest =
        sizes.stream().min((a, b) -> Integer.compare(a.shorter(), b.shorter())).orElseThrow();
    Size largest =
        sizes.stream().max((a, b) -> Integer.compare(a.longer(), b.longer())).orElseThrow();
    boolean namedByCharacter = set.classes().stream().allMatch(DataProfile::isCharacter);
    boolean characters =
        grey && (namedByCharacter || median.shorter() <= SMALL_GREY)
            || namedByCharacter && set.classes().size() >= DIGITS;
    return new DataProfile(
        set.size(), set.classes().size(), median, smallest, largest, grey, characters);
  }

  private static Size size(Dataset set, int i) {
    Optional<byte[]> encoded = set.encoded(i);
    if (encoded.isEmpty()) {
      Image image = set.image(i);
      return new Size(image.width(), image.height());
    }
    ImageHeader h = ImageHeader.read(encoded.get(), set.name(i));
    // EXIF orientations 5 to 8 rotate the image by 90 degrees.
    return h.orientation() >= 5 ? new Size(h.height(), h.width()) : new Size(h.width(), h.height());
  }

  private static boolean isGrey(Image image) {
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      if (rgb[i] != rgb[i + 1] || rgb[i] != rgb[i + 2]) {
        return false;
      }
    }
    return true;
  }

  private static int median(List<Integer> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private static boolean isCharacter(String name) {
    return name.codePointCount(0, name.length()) == 1
        && Character.isLetterOrDigit(name.codePointAt(0));
  }

  /** Returns the sizes as text: {@code 28x28}, or {@code 500x375 (90x60 to 4000x3000)}. */
  public String sizes() {
    return smallest.equals(largest)
        ? median.toString()
        : median + " (" + smallest + " to " + largest + ")";
  }

  /**
   * Returns a better input size if {@code input} is far from the size of the images: more than
   * three times their shorter side, or at most a quarter of it and below 128 pixels. A multiple of
   * 32, at most 224.
   */
  public Optional<Integer> betterInput(int input) {
    int side = median.shorter();
    boolean enlarged = input > MOST_ENLARGED * side;
    boolean reduced = input < FINE_INPUT && MOST_REDUCED * input <= side;
    int better = Math.min(USUAL_INPUT, Math.max(STEP, Math.round((float) side / STEP) * STEP));
    return (enlarged || reduced) && better != input ? Optional.of(better) : Optional.empty();
  }
}
