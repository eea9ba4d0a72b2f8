package dev.fovea.app.option;

import dev.fovea.data.image.DataException;
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
import java.util.function.Consumer;

/** Chooses what a command line leaves open by the data, and says how images and input fit. */
public final class RecipeByData {
  private RecipeByData() {}

  /**
   * The recipe that was named; where none was and there is data, one that suits it. A named network
   * keeps the standard recipe, which does not mirror characters.
   *
   * @param changes of the data and the network by flags
   * @param say told what was chosen and why
   */
  public static RunConfig base(
      RecipeFlags recipes, List<RunFlags.Change> changes, Consumer<String> say) {
    RunConfig standard = recipes.named(say);
    // The command applies the changes once more, and says then what there is to say of them.
    RunConfig asked = recipes.changed(standard, changes, note -> {});
    String source = asked.data().source();
    boolean open = recipes.recipe == null && asked.network().init().isEmpty();
    if (!open || source.equals(standard.data().source()) || source.startsWith("shapes")) {
      return standard;
    }
    DataProfile profile = profile(asked);
    if (asked.network().model().equals(standard.network().model())
        && changes.stream().noneMatch(c -> c.key().equals("network.model"))) {
      RecipeChoice choice = RecipeChoice.of(profile);
      say.accept(
          "chosen by the data: " + choice.reason() + " (--recipe and --model choose others)");
      return fitting(choice.config(), asked.network().input());
    }
    if (profile.characters()) {
      say.accept("the images may be characters and are not mirrored; --augment says otherwise");
      return standard.with("data.augment", "pad-crop");
    }
    return standard;
  }

  /** Without growing images where they would not be smaller than the input that was asked for. */
  private static RunConfig fitting(RunConfig chosen, int input) {
    boolean tooLarge =
        input > 0
            && chosen.network().progressive().stages().stream().anyMatch(s -> s.side() >= input);
    return tooLarge ? chosen.with("network.progressive", "none") : chosen;
  }

  /** What the training part of a run's data is made of. */
  public static DataProfile profile(RunConfig config) {
    try (Dataset set =
        Datasets.open(
            config.data().source(), Split.TRAIN, config.dataOptions().withMemoryBytes(0))) {
      return DataProfile.of(set);
    }
  }

  /** Sizes and augmentation of a run in one line. */
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

  /** What to give instead where images and input are far apart. */
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
                          ? ", which costs time and shows nothing new; "
                          : ", which loses most of what there is to see; ");
              return what + advice(config, data.classes(), better, side);
            });
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
    return "try another network (--model), or none for one that suits the data";
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

  /** Says line and warning, if the images can be looked at. */
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
  }
}
