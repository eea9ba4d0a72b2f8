package dev.fovea.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Keys that settings had before version 0.1. They are read in this version and no longer in the
 * next, so that recipe files, run folders and model files from before go on.
 */
final class FormerKeys {
  /** By the whole former key: the last part of the present one. */
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

  /** The present form of a key such as {@code data.valFraction}. */
  static String replaced(String key) {
    StringBuilder present = new StringBuilder();
    String former = "";
    for (String part : key.split("\\.", -1)) {
      former += (former.isEmpty() ? "" : ".") + part;
      present.append(present.length() == 0 ? "" : ".").append(RENAMED.getOrDefault(former, part));
    }
    return present.toString();
  }

  /**
   * A tree with present keys.
   *
   * @param where what the tree is, for messages
   * @param notes told in one sentence which keys were replaced, if any were
   * @throws ConfigException if the tree has a key in both forms
   */
  static Map<String, Object> replaced(
      Map<String, Object> tree, String where, Consumer<String> notes) {
    Map<String, String> found = new TreeMap<>();
    Map<String, Object> present = replaced(tree, "", where, found);
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
          where + " has keys of an earlier version, which the next version will not read: " + list);
    }
    return present;
  }

  private static Map<String, Object> replaced(
      Map<?, ?> tree, String prefix, String where, Map<String, String> found) {
    Map<String, Object> present = new LinkedHashMap<>();
    for (Map.Entry<?, ?> e : tree.entrySet()) {
      String former = prefix + e.getKey();
      String key = RENAMED.getOrDefault(former, String.valueOf(e.getKey()));
      if (RENAMED.containsKey(former)) {
        found.put(former, replaced(former));
      }
      Object value =
          e.getValue() instanceof Map<?, ?> child
              ? replaced(child, former + ".", where, found)
              : e.getValue();
      if (present.put(key, value) != null) {
        throw new ConfigException(
            where
                + ": '"
                + replaced(former)
                + "' is there twice, once under its former name; leave out the former one");
      }
    }
    return present;
  }
}
