package dev.fovea.interop;

/** The names of pickle's operations, for messages about those that are refused. */
final class Opcodes {
  private static final String[] NAMES = new String[256];

  static {
    String[] list = {
      "0 POP",
      "1 POP_MARK",
      "2 DUP",
      "F FLOAT",
      "I INT",
      "L LONG",
      "S STRING",
      "V UNICODE",
      "P PERSID",
      "g GET",
      "p PUT",
      "i INST",
      "o OBJ",
      "B BINBYTES",
      "C SHORT_BINBYTES"
    };
    for (String entry : list) {
      NAMES[entry.charAt(0)] = entry.substring(2);
    }
    NAMES[0x81] = "NEWOBJ";
    NAMES[0x82] = "EXT1";
    NAMES[0x83] = "EXT2";
    NAMES[0x84] = "EXT4";
    NAMES[0x8e] = "BINBYTES8";
    NAMES[0x8f] = "EMPTY_SET";
    NAMES[0x90] = "ADDITEMS";
    NAMES[0x91] = "FROZENSET";
    NAMES[0x92] = "NEWOBJ_EX";
    NAMES[0x96] = "BYTEARRAY8";
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
