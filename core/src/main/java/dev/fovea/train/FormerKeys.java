package dev.fovea.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Setting keys used before version 0.1. This version still reads them, the next one will not, so
 * that older recipe files, run folders and model files keep working.
 */
final class FormerKeys {
  /** Maps a full former key to the last part of the current key. */
  private static final Map<String, String> RENAMED =
      Map.ofEntries(
          Map.entry("data.valFraction", "val_fraction"),
          Map.entry("data.badFraction", "bad_fraction"),
          Map.entry("data.memoryMiB", "memory_mib"),
          Map.entry("engine.evalBatch", "eval_batch"),
          Map.entry("output.saveEvery", "save_every"),
          Map.entry("output.maxTime", "max_time"),
          Map.entry("output.evaluateEvery", "evaluate_every"),
          Map.entry("learning.update.decay", "groups"),
          Map.entry("learning.update.decay.norms", "decay_norms"),
          Map.entry("learning.update.decay.biases", "decay_biases"),
          Map.entry("learning.update.decay.rates", "lr_scale"),
          Map.entry("learning.update.decay.decays", "part_decay"));

  private FormerKeys() {}

  /** Returns the current form of a key such as {@code data.valFraction}. */
  static String replace(String key) {
    StringBuilder current = new StringBuilder();
    String former = "";
    for (String part : key.split("\\.", -1)) {
      former += (former.isEmpty() ? "" : ".") + part;
      current.append(current.length() == 0 ? "" : ".").append(RENAMED.getOrDefault(former, part));
    }
    return current.toString();
  }

  /**
   * Returns a tree with current keys.
   *
   * @param where names the source of the tree in messages
   * @param notes receives one sentence naming the replaced keys, if any
   * @throws ConfigException if the tree has a key in both forms
   */
  static Map<String, Object> replace(
      Map<String, Object> tree, String where, Consumer<String> notes) {
    Map<String, String> found = new TreeMap<>();
    Map<String, Object> current = replace(tree, "", where, found);
    if (!found.isEmpty()) {
      StringBuilder list = new StringBuilder();
      found.forEach(
          (former, now) ->
              list.append(list.length() == 0 ? "" : ", ")
                  .append(former)
                  .append(" (now ")
                  .append(now)
                  .append(")"));
      notes.accept(
          where
              + " uses keys of an earlier version, which the next version will not read: "
              + list);
    }
    return current;
  }

  private static Map<String, Object> replace(
      Map<?, ?> tree, String prefix, String where, Map<String, String> found) {
    Map<String, Object> current = new LinkedHashMap<>();
    for (Map.Entry<?, ?> e : tree.entrySet()) {
      String former = prefix + e.getKey();
      String key = RENAMED.getOrDefault(former, String.valueOf(e.getKey()));
      if (RENAMED.containsKey(former)) {
        found.put(former, replace(former));
      }
      Object value =
          e.getValue() instanceof Map<?, ?> child
              ? replace(child, former + ".", where, found)
              : e.getValue();
      if (current.put(key, value) != null) {
        throw new ConfigException(
            where
                + ": '"
                + replace(former)
                + "' occurs twice, once under its former name; remove the former key");
      }
    }
    return current;
  }
}
