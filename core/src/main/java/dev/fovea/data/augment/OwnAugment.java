package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * An augmentation that a program brings along.
 *
 * @param change what it does
 */
public record OwnAugment(ImageChange change) implements Augment {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");

  /** Checks the name, by which the run's configuration knows the augmentation. */
  public OwnAugment {
    if (!NAME.matcher(change.name()).matches()) {
      throw new DataException(
          "an augmentation's name consists of letters, digits, '_', '.' and '-', got '"
              + change.name()
              + "'; return such a name");
    }
  }

  /** The word for it in the configuration of a run. */
  public String word() {
    return "own(" + change.name() + ")";
  }

  @Override
  public Image apply(Picture in, Draw draw) {
    // Numbers of their own, so that what comes after draws the same however many are taken here.
    Image changed = change.apply(in.whole(), new SplittableRandom(draw.rng().nextLong()));
    if (changed == null) {
      throw new DataException("the augmentation " + change.name() + " returned no image");
    }
    return changed;
  }

  @Override
  public String describe() {
    return word();
  }
}
