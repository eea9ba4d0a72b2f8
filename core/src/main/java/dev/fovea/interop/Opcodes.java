package dev.fovea.interop;

/** The names of refused pickle operations, for messages. */
final class Opcodes {
  private static final String[] NAMES = new String[256];

  static {
    String[] list = {
      "F FLOAT", "I INT", "L LONG", "S STRING", "V UNICODE", "P PERSID", "g GET", "p PUT"
    };
    for (String entry : list) {
      NAMES[entry.charAt(0)] = entry.substring(2);
    }
    NAMES[0x82] = "EXT1";
    NAMES[0x83] = "EXT2";
    NAMES[0x84] = "EXT4";
    NAMES[0x97] = "NEXT_BUFFER";
    NAMES[0x98] = "READONLY_BUFFER";
  }

  private Opcodes() {}

  /** For example {@code INST (0x69)}. */
  static String name(int code) {
    String name = NAMES[code];
    return (name == null ? "unknown" : name) + String.format(" (0x%02x)", code);
  }
}
