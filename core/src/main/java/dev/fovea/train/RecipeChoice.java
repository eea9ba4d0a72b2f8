package dev.fovea.train;

import dev.fovea.optim.TrainingLength;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The default recipe for a data set: a pure function of {@link DataProfile}.
 *
 * <p>Images of up to 48 pixels (median of the shorter side) get {@code cifar-fast} at 32 pixels;
 * larger images get {@code photos-fast}, with an input of 64 pixels for images of up to 96. Both
 * recipes have a time limit; for sets so small that this would mean more than 60 or 80 epochs, the
 * length is 60 or 80 epochs instead. The batch is at most a tenth of the set, and the learning rate
 * scales with it (Goyal et al. 2017); that of {@code cifar-fast} with its square root, since Muon's
 * steps have a length of their own, as Adam's have (Malladi et al. 2022, arXiv 2205.10287). Images
 * that may show characters get neither flips nor cutout. Decision 0224 gives the reasons.
 *
 * @param recipe the name of the recipe
 * @param changes settings that differ from the recipe, with their values
 * @param reason the choice in one sentence
 */
public record RecipeChoice(String recipe, Map<String, String> changes, String reason) {
  private static final int SMALL = 48;
  private static final int MEDIUM = 96;
  private static final int SMALL_INPUT = 32;
  private static final int MEDIUM_INPUT = 64;
  private static final int LEAST_BATCH = 2;

  /**
   * Rough number of images that {@code cifar-fast} and {@code photos-fast} process in their time.
   */
  private static final int SMALL_SEEN = 500_000;

  private static final int PHOTOS_SEEN = 100_000;
  private static final int SMALL_EPOCHS = 60;
  private static final int PHOTO_EPOCHS = 80;

  /** Copies the map. */
  public RecipeChoice {
    changes = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(changes));
  }

  /** Chooses the recipe for data with this profile. */
  public static RecipeChoice of(DataProfile data) {
    return of(data, OptionalInt.empty(), Optional.empty());
  }

  /**
   * The choice for such data where the input size or the training length is given already: the
   * reason names what is given in place of the recipe's own.
   */
  public static RecipeChoice of(
      DataProfile data, OptionalInt givenInput, Optional<TrainingLength> givenLength) {
    int side = Math.min(data.median().width(), data.median().height());
    boolean small = side <= SMALL;
    boolean medium = !small && side <= MEDIUM;
    String recipe = small ? "cifar-fast" : "photos-fast";
    RunConfig base = Recipes.named(recipe);
    Map<String, String> changes = new LinkedHashMap<>();
    int input = small ? SMALL_INPUT : medium ? MEDIUM_INPUT : base.network().input();
    if (input != base.network().input()) {
      changes.put("network.input", String.valueOf(input));
    }
    if (data.characters()) {
      changes.put("data.augment", small ? "pad-crop(pad=2)" : "resized-crop(area=0.6)");
    }
    int usual = base.learning().batch();
    int batch = Integer.highestOneBit(Math.max(LEAST_BATCH, data.images() / 10));
    if (batch < usual) {
      changes.put("learning.batch", String.valueOf(batch));
      double part = (double) batch / usual;
      double rate = base.learning().rate().base() * (small ? Math.sqrt(part) : part);
      changes.put("learning.rate.base", String.valueOf(rate));
    }
    int epochs = small ? SMALL_EPOCHS : PHOTO_EPOCHS;
    int seen = small ? SMALL_SEEN : medium ? 4 * PHOTOS_SEEN : PHOTOS_SEEN;
    boolean few = (long) epochs * data.images() < seen;
    if (few) {
      changes.put("learning.length", epochs + "epochs");
    }
    String length =
        givenLength
            .map(TrainingLength::words)
            .orElse(few ? epochs + " epochs" : base.learning().length().words());
    String reason =
        String.format(
            Locale.ROOT,
            "%,d %simages of %s pixels in %,d classes: recipe %s, %s at %d pixels for %s%s",
            data.images(),
            data.grey() ? "grey " : "",
            data.median(),
            data.classes(),
            recipe,
            base.network().model(),
            givenInput.orElse(input),
            length,
            data.characters() ? "; not mirrored, since they may be characters" : "");
    return new RecipeChoice(recipe, changes, reason);
  }

  /** Returns the recipe with the changes applied. */
  public RunConfig config() {
    RunConfig config = Recipes.named(recipe);
    for (Map.Entry<String, String> e : changes.entrySet()) {
      config = config.with(e.getKey(), e.getValue());
    }
    return config;
  }
}
