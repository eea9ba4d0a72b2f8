package dev.fovea.app;

import java.util.Map;

/** The flags of settings that messages of the library name. */
final class SettingFlags {
  private static final Map<String, String> FLAGS = Map.of("data.max_megapixels", ImageLimit.FLAG);

  private SettingFlags() {}

  /** A message with flags in place of settings that have one on every command. */
  static String named(String message) {
    String text = message;
    for (Map.Entry<String, String> e : FLAGS.entrySet()) {
      text = text.replace(e.getKey(), e.getValue());
    }
    return text;
  }
}
