package dev.fovea.data.image;

import dev.fovea.api.Api;
import java.util.Arrays;
import java.util.Locale;

/**
 * How far pictures are decoded before they are resized; stored with a model's {@link
 * Preprocessing}.
 *
 * <pre>{@code
 * ClassifierOptions exact = ClassifierOptions.standard().decoding(Decoding.EXACT);
 * }</pre>
 */
@Api(Api.Status.STABLE)
public enum Decoding {
  /** All pixels that the filter reads. */
  EXACT,
  /**
   * Shrunk while it is decoded, where the format can do it, by the largest of 2, 4 and 8 that
   * leaves at least twice the size wanted on both sides. So a picture less than four times as large
   * as wanted is decoded as by {@link #EXACT}.
   */
  FAST,
  /** {@link #FAST} in training and prediction, {@link #EXACT} where results are scored. */
  AUTO;

  /** Its spelling in settings, files and reports: {@code exact}, {@code fast} or {@code auto}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The setting with this {@link #label}.
   *
   * @throws DataException if there is none; the message lists the valid labels
   */
  public static Decoding parse(String label) {
    return Arrays.stream(values())
        .filter(d -> d.label().equals(label))
        .findFirst()
        .orElseThrow(
            () -> new DataException("decode must be exact, fast or auto, got '" + label + "'"));
  }

  /** This setting for results that nobody scores, in training and prediction. */
  public Decoding unscored() {
    return this == AUTO ? FAST : this;
  }

  /**
   * {@code picture} as this setting has it decoded; {@link #AUTO} as for results that are scored.
   */
  public Picture of(Picture picture) {
    return this == FAST || picture instanceof Image ? picture : new FullSize(picture);
  }

  /** A picture that is not shrunk while it is decoded. */
  private record FullSize(Picture picture) implements Picture {
    @Override
    public int width() {
      return picture.width();
    }

    @Override
    public int height() {
      return picture.height();
    }

    @Override
    public int shrink(int most) {
      return 1;
    }

    @Override
    public Image part(Resize.Box box, int shrink) {
      if (shrink != 1) {
        throw new IllegalArgumentException("decoded in full size, got a factor of " + shrink);
      }
      return picture.part(box, 1);
    }

    @Override
    public Image whole() {
      return picture.whole();
    }
  }
}
