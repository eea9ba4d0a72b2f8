package dev.fovea.train;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.IoReason;
import dev.fovea.program.ConvolutionAlgorithm;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Configurations as text: recipe files, {@code config.json} of run folders, and single settings as
 * users write them. {@link RunConfig} documents the methods that it passes on to this class.
 */
final class RunConfigText {
  // Below learning.rate and learning.update, valid keys depend on the chosen names.
  private static final int OPEN_DEPTH = 2;

  private RunConfigText() {}

  static RunConfig recipe(String nameOrFile, Consumer<String> notes) {
    Path file = Path.of(nameOrFile);
    if (Recipes.names().contains(nameOrFile) || !Files.isRegularFile(file)) {
      return Recipes.named(nameOrFile);
    }
    return parse(read(file), nameOrFile, notes);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ConfigException("the recipe " + file + " is not UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new ConfigException("cannot read the recipe " + file + ": " + IoReason.of(e), e);
    }
  }

  static RunConfig ofRun(RunFolder folder) {
    if (!Files.isRegularFile(folder.config())) {
      throw new ConfigException(
          "the folder "
              + folder.path()
              + " does not contain a run (config.json is missing); check output.folder");
    }
    RunConfig config = stored(read(folder.config()), folder.config().toString());
    return config.with(config.output().into(folder.path().toString(), true));
  }

  static RunConfig parse(String json, String where, Consumer<String> notes) {
    return parse(json, where, notes, recipe -> recipe);
  }

  static RunConfig stored(String json, String where) {
    return parse(json, where, note -> {}, RunConfigText::asBeforeSettingsWereAdded);
  }

  // Before engine.convolution existed, every convolution was computed by its definition; before
  // data.decode, all pixels of a picture were decoded.
  private static RunConfig asBeforeSettingsWereAdded(RunConfig recipe) {
    return recipe
        .with(recipe.engine().with(ConvolutionAlgorithm.DIRECT))
        .with(recipe.data().with(Decoding.EXACT));
  }

  private static RunConfig parse(
      String json, String where, Consumer<String> notes, UnaryOperator<RunConfig> defaults) {
    try {
      Map<String, Object> changes = FormerKeys.replace(JsonTree.parse(json, where), where, notes);
      Object base = changes.getOrDefault("recipe", Recipes.STANDARD);
      RunConfig recipe =
          Recipes.named(Recipes.names().contains(base) ? base.toString() : Recipes.STANDARD);
      Map<String, Object> tree = RecordTree.of(defaults.apply(recipe));
      merge(tree, changes, where, "");
      return RecordTree.read(RunConfig.class, tree, where);
    } catch (CheckpointException e) {
      throw new ConfigException(String.valueOf(e.getMessage()), e);
    }
  }

  @SuppressWarnings("unchecked")
  private static void merge(
      Map<String, Object> tree, Map<String, Object> changes, String where, String prefix) {
    for (Map.Entry<String, Object> e : changes.entrySet()) {
      Object old = tree.get(e.getKey());
      if (old == null && prefix.chars().filter(c -> c == '.').count() < OPEN_DEPTH) {
        throw new ConfigException(
            where
                + ": unknown key '"
                + prefix
                + e.getKey()
                + "'; expected one of "
                + String.join(", ", tree.keySet()));
      } else if (old instanceof Map<?, ?>
          && e.getValue() instanceof Map<?, ?> change
          && !change.containsKey("name")) {
        merge(
            (Map<String, Object>) old,
            (Map<String, Object>) e.getValue(),
            where,
            prefix + e.getKey() + ".");
      } else {
        tree.put(e.getKey(), e.getValue());
      }
    }
  }

  static RunConfig change(RunConfig config, String key, String text) {
    Map<String, Object> tree = RecordTree.of(config);
    Map<String, Object> group = tree;
    String[] path = FormerKeys.replace(key).split("\\.");
    for (int i = 0; i < path.length - 1; i++) {
      group = child(group, path[i], key);
    }
    String last = path[path.length - 1];
    Object old = group.get(last);
    boolean open = path.length > OPEN_DEPTH && key.startsWith("learning.");
    if (old instanceof Map<?, ?> || (old == null && !open)) {
      throw new ConfigException(
          "unknown setting '"
              + key
              + "'; expected one of "
              + String.join(", ", settings(config).keySet()));
    } else if (open && last.equals("name")) {
      group.clear();
    } else if (open && last.equals("form") && !text.strip().equals(old)) {
      // Each form has its own defaults, like each name.
      group.keySet().retainAll(Set.of("name"));
    }
    group.put(last, old == null ? guess(text.strip()) : like(old, text.strip(), key));
    try {
      return RecordTree.read(RunConfig.class, tree, key);
    } catch (CheckpointException e) {
      throw new ConfigException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Object guess(String text) {
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    return text.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")
        ? (Object) Double.parseDouble(text)
        : text;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> child(Map<String, Object> group, String name, String key) {
    if (group.get(name) instanceof Map<?, ?> child) {
      return (Map<String, Object>) child;
    }
    throw new ConfigException("unknown setting '" + key + "'; there is no group '" + name + "'");
  }

  private static Object like(Object old, String text, String key) {
    try {
      if (old instanceof Long) {
        return (Object) Long.parseLong(text);
      } else if (old instanceof Double) {
        return (Object) Double.parseDouble(text);
      }
    } catch (NumberFormatException e) {
      throw new ConfigException(
          key
              + ": expected a "
              + (old instanceof Long ? "whole " : "")
              + "number, got '"
              + text
              + "'",
          e);
    }
    if (old instanceof Boolean) {
      if (!text.equals("true") && !text.equals("false")) {
        throw new ConfigException(key + ": expected true or false, got '" + text + "'");
      }
      return Boolean.valueOf(text);
    } else if (old instanceof List<?>) {
      return text.isEmpty() ? List.of() : List.of(text.split("\\s+"));
    }
    return text;
  }

  static Map<String, String> settings(RunConfig config) {
    Map<String, String> flat = new LinkedHashMap<>();
    flatten("", RecordTree.of(config), flat);
    return flat;
  }

  private static void flatten(String prefix, Map<?, ?> tree, Map<String, String> flat) {
    tree.forEach(
        (k, v) -> {
          if (v instanceof Map<?, ?> group) {
            flatten(prefix + k + ".", group, flat);
          } else if (v instanceof List<?> list) {
            flat.put(prefix + k, String.join(" ", list.stream().map(String::valueOf).toList()));
          } else {
            flat.put(prefix + k, v.toString());
          }
        });
  }
}
