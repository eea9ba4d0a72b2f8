package dev.fovea.app.console;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Translates messages of the library, which name settings ({@code learning.batch}), to the flags of
 * the command line ({@code --batch}).
 */
public final class SettingsAsFlags {
  /**
   * The flag of each setting of a run that has one; a test compares this table with the flag
   * declarations.
   */
  static final Map<String, String> FLAGS =
      Map.ofEntries(
          Map.entry("data.source", "--data"),
          Map.entry("data.val_fraction", "--val-split"),
          Map.entry("data.fraction", "--fraction"),
          Map.entry("data.augment", "--augment"),
          Map.entry("data.overfit", "--overfit"),
          Map.entry("data.max_megapixels", "--max-pixels"),
          Map.entry("data.labels", "--labels"),
          Map.entry("data.label_column", "--label-column"),
          Map.entry("data.classes", "--classes"),
          Map.entry("data.decode", "--decode"),
          Map.entry("network.model", "--model"),
          Map.entry("network.input", "--input"),
          Map.entry("network.init", "--init"),
          Map.entry("network.progressive", "--progressive"),
          Map.entry("learning.length", "--epochs or --steps"),
          Map.entry("learning.batch", "--batch"),
          Map.entry("learning.smoothing", "--smoothing"),
          Map.entry("learning.rate.base", "--lr"),
          Map.entry("learning.update.optimizer.name", "--optimizer"),
          Map.entry("learning.update.groups.weight_decay", "--weight-decay"),
          Map.entry("learning.update.groups.freeze", "--freeze"),
          Map.entry("learning.update.groups.freeze_at", "--freeze-at"),
          Map.entry("learning.update.groups.lr_scale", "--lr-scale"),
          Map.entry("learning.update.groups.layer_decay", "--layer-decay"),
          Map.entry("learning.update.groups.part_decay", "--part-decay"),
          Map.entry("learning.update.clipping.norm", "--clip"),
          Map.entry("learning.update.clipping.value", "--clip-value"),
          Map.entry("learning.update.accumulate", "--accumulate"),
          Map.entry("learning.update.lookahead.every", "--lookahead"),
          Map.entry("learning.update.average.decay", "--ema"),
          Map.entry("learning.update.average.swa_from", "--swa"),
          Map.entry("learning.update.average.swa_rate", "--swa-lr"),
          Map.entry("learning.update.statistics.kind", "--bn-stats"),
          Map.entry("learning.update.statistics.batches", "--bn-batches"),
          Map.entry("learning.update.statistics.synchronize", "--bn-sync"),
          Map.entry("engine.precision", "--precision"),
          Map.entry("engine.convolution", "--convolution"),
          Map.entry("engine.threads", "--threads"),
          Map.entry("engine.memory", "--memory"),
          Map.entry("engine.seed", "--seed"),
          Map.entry("output.folder", "--run"),
          Map.entry("output.save_every", "--save-every"),
          Map.entry("output.evaluate_every", "--eval-every"),
          Map.entry("output.max_time", "--max-time"),
          Map.entry("output.patience", "--patience"));

  /** The flags of the settings of a pack. */
  static final Map<String, String> PACK_FLAGS =
      Map.ofEntries(
          Map.entry("data.bad_fraction", "--bad-fraction"),
          Map.entry("pack.side", "--side"),
          Map.entry("pack.interpolation", "--interpolation"),
          Map.entry("pack.format", "--format"),
          Map.entry("pack.quality", "--quality"),
          Map.entry("pack.subsampling", "--subsampling"),
          Map.entry("pack.seed", "--seed"),
          Map.entry("pack.shard_megabytes", "--shard-size"),
          Map.entry("pack.max_megapixels", "--max-pixels"));

  /** The flags of the settings of a server. */
  static final Map<String, String> SERVER_FLAGS =
      Map.ofEntries(
          Map.entry("server.host", "--host"),
          Map.entry("server.port", "--port"),
          Map.entry("server.token", "--token-file"));

  /** The flags of settings that only a fine-tuning has. */
  static final Map<String, String> FINETUNE_FLAGS =
      Map.ofEntries(
          Map.entry("finetune.from", "--from"),
          Map.entry("finetune.entry", "--entry"),
          Map.entry("finetune.time", "--time"),
          Map.entry("finetune.stages", "--stages"),
          Map.entry("data.preprocess", "--preprocess"));

  /** Advice in terms of settings, with its equivalent on the command line. */
  static final Map<String, String> PHRASES = phrases();

  // A dotted name that is not part of a path, a URL or a longer name.
  private static final Pattern SETTING =
      Pattern.compile("(?<![\\w./=-])[a-z]+(?:\\.[a-zA-Z_]+)+(?![\\w/=(-])");
  private static final Pattern FLAG = Pattern.compile("--[a-z-]+");
  // A second piece of advice after the first one of the message.
  private static final Pattern ADVICE =
      Pattern.compile(", or set ([a-z]+(?:\\.[a-z_]+)+) to \\w+(?:, which [^;.]+)?");
  private static final Pattern HUMP = Pattern.compile("[A-Z]");

  private SettingsAsFlags() {}

  private static Map<String, String> phrases() {
    Map<String, String> phrases = new LinkedHashMap<>();
    phrases.put("set output.resume to true", "give --resume");
    phrases.put("set output.resume to false", "leave out --resume");
    phrases.put("import it first", "import it with 'fovea import'");
    phrases.put("as the entry", "with --entry");
    phrases.put("give a number of classes", "give --num-classes");
    phrases.put("allow files beside it", "give --external-data");
    phrases.put("A data check lists all", "'fovea data check' lists all");
    return phrases;
  }

  /**
   * The message with the flag before each setting; a setting named again is the flag alone. Advice
   * that needs a flag which the command does not have is left out.
   *
   * @param flags the names of the running command's options; others are never named
   */
  public static String translate(String message, Set<String> flags) {
    String text = message;
    for (Map.Entry<String, String> phrase : PHRASES.entrySet()) {
      if (isIn(phrase.getValue(), flags)) {
        text = text.replace(phrase.getKey(), phrase.getValue());
      }
    }
    text = ADVICE.matcher(text).replaceAll(m -> flag(m.group(1), flags) == null ? "" : "$0");
    Set<String> named = new HashSet<>();
    Matcher m = SETTING.matcher(text);
    StringBuilder out = new StringBuilder();
    while (m.find()) {
      String setting = m.group();
      String flag = flag(setting, flags);
      String said =
          flag == null ? setting : named.add(setting) ? flag + " (" + setting + ")" : flag;
      m.appendReplacement(out, Matcher.quoteReplacement(said));
    }
    return m.appendTail(out).toString();
  }

  private static @Nullable String flag(String setting, Set<String> flags) {
    String key = snakeCase(setting);
    String flag =
        Stream.of(FLAGS, PACK_FLAGS, SERVER_FLAGS, FINETUNE_FLAGS)
            .map(table -> table.get(key))
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null);
    return flag == null || !isIn(flag, flags) ? null : flag;
  }

  /** Whether the command has every flag that the words name. */
  private static boolean isIn(String words, Set<String> flags) {
    return FLAG.matcher(words).results().allMatch(m -> flags.contains(m.group()));
  }

  /** {@code data.val_fraction} for {@code data.valFraction}, the form used in older files. */
  static String snakeCase(String setting) {
    return HUMP.matcher(setting).replaceAll(h -> "_" + h.group().toLowerCase(Locale.ROOT));
  }
}
