package dev.fovea.data.loader;

import dev.fovea.data.augment.AlternatingFlip;
import dev.fovea.data.augment.Augment;
import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.DType;
import java.util.List;

/**
 * Turns an image of a data set into an augmented, normalized sample. Safe for any number of
 * threads.
 */
public final class SampleMaker {
  private final Dataset dataset;
  private final List<Augment> augments;
  private final Preprocessing preprocessing;
  private final BatchFormat format;
  private final Normalizer normalizer;
  private final byte[] meanColor;
  private final float[] deviation;
  private final long seed;
  private final boolean fitFirst;

  /**
   * Images are fitted to the size of {@code preprocessing} first, unless an augmentation sets the
   * size. They are decoded as {@code preprocessing} says, and only as far as the first transform
   * needs.
   */
  public SampleMaker(
      Dataset dataset,
      List<Augment> augments,
      Preprocessing preprocessing,
      BatchFormat format,
      long seed) {
    this.dataset = dataset;
    this.augments = List.copyOf(augments);
    this.preprocessing = preprocessing;
    this.format = format;
    this.normalizer = new Normalizer(preprocessing);
    this.meanColor = normalizer.meanColor();
    this.deviation = normalizer.deviation();
    this.seed = seed;
    this.fitFirst = augments.stream().noneMatch(Augment::setsSize);
  }

  /** Image {@code item} as augmented in {@code epoch}, at the size of the preprocessing. */
  public Image image(int item, int epoch) {
    Varied varied = varied(item, epoch);
    return varied.mirrored ? HorizontalFlip.flip(varied.image) : varied.image;
  }

  /** An augmented image, before it is mirrored if that comes last. */
  private record Varied(Image image, boolean mirrored) {}

  private Varied varied(int item, int epoch) {
    Picture picture = preprocessing.decoding().of(dataset.picture(item));
    if (fitFirst) {
      picture = preprocessing.fit(picture);
    }
    Augment.Draw draw = Augment.Draw.of(seed, epoch, item, meanColor, deviation);
    boolean mirrored = false;
    for (int i = 0; i < augments.size(); i++) {
      boolean last = i == augments.size() - 1;
      if (last && augments.get(i) instanceof HorizontalFlip flip) {
        mirrored = flip.draws(draw);
      } else if (last && augments.get(i) instanceof AlternatingFlip flip) {
        mirrored = flip.draws(draw);
      } else {
        picture = augments.get(i).apply(picture, draw);
      }
    }
    return new Varied(picture.whole(), mirrored);
  }

  /** Writes one normalized sample to {@code row}. */
  void make(int item, int epoch, BatchBuffer.Row row) {
    Varied varied = varied(item, epoch);
    Image image = varied.image;
    if (image.width() != preprocessing.width() || image.height() != preprocessing.height()) {
      throw new IllegalArgumentException(
          "the augmentation "
              + augments
              + " gives "
              + image.width()
              + "x"
              + image.height()
              + "; the network expects "
              + preprocessing.width()
              + "x"
              + preprocessing.height()
              + "; correct the sizes in the recipe");
    }
    boolean resized = image.width() != format.width() || image.height() != format.height();
    if (resized) {
      // The filter is not symmetric to the last bit, so the image is mirrored before.
      Image upright = varied.mirrored ? HorizontalFlip.flip(image) : image;
      normalize(
          Resize.to(upright, format.width(), format.height(), preprocessing.interpolation()),
          false,
          row);
    } else {
      normalize(image, varied.mirrored, row);
    }
  }

  private void normalize(Image image, boolean mirrored, BatchBuffer.Row row) {
    if (format.type() == DType.F32) {
      normalizer.floats(image, mirrored, row.floats);
    } else {
      normalizer.shorts(image, mirrored, row.shorts);
    }
  }
}
