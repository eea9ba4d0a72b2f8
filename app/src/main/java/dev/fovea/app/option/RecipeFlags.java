package dev.fovea.app.option;

import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.UsageException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.train.InitialModel;
import dev.fovea.train.Recipes;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The recipe that flags modify, and the flag for any setting. */
public final class RecipeFlags {
  @Option(
      names = "--recipe",
      paramLabel = "NAME|FILE",
      description =
          "shapes-quick, cifar-fast, cifar-resnet, ..., or a JSON file with any of the settings.")
  public @Nullable String recipe;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Changes any setting of the recipe: data.preprocess=imagenet; repeatable.")
  private List<String> settings = List.of();

  /**
   * The named recipe, or the standard one.
   *
   * @param notes receives a note for every key in a recipe file that has been renamed
   */
  RunConfig base(Consumer<String> notes) {
    String name = recipe == null ? Recipes.STANDARD : recipe;
    if (!Recipes.names().contains(name) && !Files.exists(Path.of(name))) {
      throw new UsageException(
          "there is no recipe and no file '"
              + name
              + "'."
              + Nearest.question(name, Recipes.names())
              + " The recipes are "
              + String.join(", ", Recipes.names()));
    }
    return RunConfig.recipe(name, notes);
  }

  /** Whether one of the flags or {@code --set} gives this setting a value. */
  boolean sets(String key, List<RunFlags.Change> flags) {
    return flags.stream().anyMatch(c -> c.key().equals(key))
        || settings.stream()
            .filter(s -> s.indexOf('=') > 0)
            .anyMatch(s -> RunConfig.currentKey(s.substring(0, s.indexOf('='))).equals(key));
  }

  /**
   * {@code config} with all changes, those by {@code --set} last.
   *
   * @param notes receives a note for every key given by {@code --set} that has been renamed
   */
  public RunConfig apply(RunConfig config, List<RunFlags.Change> flags, Consumer<String> notes) {
    List<RunFlags.Change> changes = new ArrayList<>(flags);
    for (String s : settings) {
      int at = s.indexOf('=');
      if (at < 1) {
        throw new UsageException(
            "--set is '" + s + "'; write KEY=VALUE, for example data.preprocess=imagenet");
      }
      String given = s.substring(0, at);
      String key = RunConfig.currentKey(given);
      if (!key.equals(given)) {
        notes.accept(
            "--set "
                + given
                + " is now --set "
                + key
                + "; the next version will reject the old name");
      }
      changes.add(new RunFlags.Change("--set", key, s.substring(at + 1)));
    }
    RunConfig changed = config;
    for (RunFlags.Change change : changes) {
      changed = change.applyTo(changed);
    }
    Set<String> given = keysOfFile();
    changes.forEach(c -> given.add(c.key()));
    boolean starts = given.contains("network.init") && !changed.network().init().isEmpty();
    return starts ? InitialModel.apply(changed, given) : changed;
  }

  /** The settings in a recipe file; empty for a recipe given by name. */
  private Set<String> keysOfFile() {
    Set<String> keys = new HashSet<>();
    if (recipe != null && !Recipes.names().contains(recipe)) {
      try {
        addKeys("", JsonTree.parse(Files.readString(Path.of(recipe)), recipe), keys);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return keys;
  }

  private static void addKeys(String prefix, Map<?, ?> tree, Set<String> keys) {
    tree.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> group) {
            addKeys(prefix + key + ".", group, keys);
          } else {
            keys.add(RunConfig.currentKey(prefix + key));
          }
        });
  }
}
