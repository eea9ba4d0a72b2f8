package dev.fovea.app.option;

import dev.fovea.data.augment.AlternatingFlip;
import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.image.DataException;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.models.ModelException;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import dev.fovea.train.DataProfile;
import dev.fovea.train.RecipeChoice;
import dev.fovea.train.RunConfig;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Chooses a recipe by the data where the command line leaves it open, and reports how image and
 * input sizes fit.
 */
public final class RecipeByData {
  private RecipeByData() {}

  /**
   * The named recipe; if none is named and there is data, one that suits the data. A named network
   * keeps the standard recipe, without mirroring if the images may be characters.
   *
   * @param changes to the data, the network and the training length by flags
   * @param say receives what was chosen and why
   */
  public static RunConfig base(
      RecipeFlags recipes, List<RunFlags.Change> changes, Consumer<String> say) {
    RunConfig standard = recipes.base(say);
    // The command applies the changes again and prints their notes then.
    RunConfig asked = recipes.apply(standard, changes, note -> {});
    String source = asked.data().source();
    boolean open = recipes.recipe == null && asked.network().init().isEmpty();
    if (!open || source.equals(standard.data().source()) || source.startsWith("shapes")) {
      return standard;
    }
    DataProfile profile = profile(asked);
    if (asked.network().model().equals(standard.network().model())
        && changes.stream().noneMatch(c -> c.key().equals("network.model"))) {
      RecipeChoice choice =
          RecipeChoice.of(
              profile,
              recipes.sets("network.input", changes)
                  ? OptionalInt.of(asked.network().input())
                  : OptionalInt.empty(),
              recipes.sets("learning.length", changes)
                  ? Optional.of(asked.learning().length())
                  : Optional.empty());
      say.accept(
          "chosen by the data: " + choice.reason() + " (--recipe and --model override this)");
      return dropLargeStages(choice.config(), asked.network().input());
    }
    if (profile.characters()) {
      say.accept("the images may be characters and are not mirrored; --augment overrides this");
      return standard.with("data.augment", "pad-crop");
    }
    return standard;
  }

  /** Drops progressive resizing if its stages would not be smaller than the requested input. */
  private static RunConfig dropLargeStages(RunConfig chosen, int input) {
    boolean tooLarge =
        input > 0
            && chosen.network().progressive().stages().stream().anyMatch(s -> s.side() >= input);
    return tooLarge ? chosen.with("network.progressive", "none") : chosen;
  }

  /** The profile of a run's training data. */
  public static DataProfile profile(RunConfig config) {
    try (Dataset set =
        Datasets.open(
            config.data().source(), Split.TRAIN, config.dataOptions().withMemoryBytes(0))) {
      return DataProfile.of(set);
    }
  }

  /** The image and input sizes and the augmentation of a run in one line. */
  static String line(DataProfile data, RunConfig config) {
    int side = side(config);
    return "images of "
        + data.sizes()
        + " pixels, input "
        + side
        + "x"
        + side
        + ", augmentation "
        + augmentation(config);
  }

  public static String augmentation(RunConfig config) {
    List<String> words = config.data().augment();
    return words.isEmpty() ? "none" : String.join(" ", words);
  }

  /** A warning with advice if the image and input sizes are far apart. */
  public static Optional<String> warning(DataProfile data, RunConfig config) {
    int side = side(config);
    return data.betterInput(side)
        .map(
            better -> {
              boolean enlarged = better < side;
              String what =
                  "images of "
                      + data.median()
                      + " pixels are "
                      + (enlarged ? "enlarged" : "shrunk")
                      + " to "
                      + side
                      + "x"
                      + side
                      + (enlarged
                          ? ", which costs time without adding information; "
                          : ", which loses most of the detail; ");
              return what + advice(config, data.classes(), better, side);
            });
  }

  /** A note with advice if the images may be characters and the augmentation mirrors them. */
  public static Optional<String> mirroring(DataProfile data, RunConfig config) {
    int side = side(config);
    boolean mirrors =
        Augmentation.of(config.data().augment(), Shape.of(3, side, side)).augments().stream()
            .anyMatch(
                a ->
                    a instanceof AlternatingFlip
                        || a instanceof HorizontalFlip flip && flip.probability() > 0);
    return data.characters() && mirrors
        ? Optional.of(
            "the images may be characters, and the augmentation mirrors them;"
                + " --augment pad-crop does not")
        : Optional.empty();
  }

  private static String advice(RunConfig config, int classes, int better, int side) {
    int step = better < side ? 32 : -32;
    for (int input = better; input != side && input > 0 && input % 32 == 0; input += step) {
      if (better < side ? input > side : input < side) {
        break;
      }
      if (takes(config.network().model(), classes, input)) {
        return "try --input " + input;
      }
    }
    return "try another --model, or leave it out to get one that suits the data";
  }

  private static boolean takes(String model, int classes, int input) {
    try {
      int channels = Models.info(model).input().dim(0);
      return Models.graph(model, classes, Shape.of(channels, input, input)).params().size() > 0;
    } catch (ModelException | IllegalArgumentException e) {
      return false;
    }
  }

  private static int side(RunConfig config) {
    int input = config.network().input();
    return input > 0 ? input : Models.info(config.network().model()).input().dim(1);
  }

  /** Reports the line and the warning, if the images can be read. */
  public static void say(Dataset training, RunConfig config, Consumer<String> say) {
    DataProfile data;
    try {
      data = DataProfile.of(training);
    } catch (DataException e) {
      say.accept("note: " + e.getMessage());
      return;
    }
    say.accept(line(data, config));
    warning(data, config).ifPresent(w -> say.accept("warning: " + w));
    mirroring(data, config).ifPresent(n -> say.accept("note: " + n));
  }
}
