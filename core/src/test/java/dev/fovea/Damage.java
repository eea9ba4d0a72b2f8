package dev.fovea;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Ways to damage bytes and text, for {@link Fuzz}. */
public final class Damage {
  private static final long[] EXTREMES = {
    0,
    1,
    -1,
    2,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffffL,
    0x80000000L,
    0xfffffffeL,
    0xffffffffL,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final String[] WORDS = {
    "0",
    "-1",
    "1",
    "2147483647",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "1e308",
    "1e999",
    "-0",
    "0.5",
    "true",
    "null",
    "[]",
    "{}",
    "\"\"",
    "\"\\u0000\"",
    "\"../x\"",
    "[[[[[[[[[[[[]]]]]]]]]]]]",
    "1e-999",
    "\"F32\"",
    "\"BF16\"",
    "\"F8\""
  };
  private static final Pattern TOKEN =
      Pattern.compile(
          "\"(?:[^\"\\\\]++|\\\\.)*+\"|-?[0-9][0-9.eE+-]*|true|false|null|[{}\\[\\],:]");
  private static final Pattern MEMBER =
      Pattern.compile(
          "\"(?:[^\"\\\\]++|\\\\.)*+\"\\s*:\\s*(?:\\{[^{}]*\\}|\\[[^\\[\\]]*\\]|[^,{}\\[\\]]+)");

  private Damage() {}

  /**
   * Applies one to four changes: flips bits, replaces bytes or numbers, removes, duplicates or
   * moves ranges, or truncates.
   */
  public static byte[] bytes(byte[] good, SplittableRandom random) {
    byte[] b = good.clone();
    for (int n = 1 + random.nextInt(4); n > 0 && b.length > 0; n--) {
      int at =
          random.nextInt(3) == 0
              ? random.nextInt(Math.min(64, b.length))
              : random.nextInt(b.length);
      switch (random.nextInt(8)) {
        case 0 -> b[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> b[at] = (byte) random.nextInt(256);
        case 2 -> b[at] = (byte) (random.nextBoolean() ? 0 : 255);
        case 3, 4 -> number(b, at, random);
        case 5 -> b = piece(b, b, at, random);
        case 6 -> b = random.nextInt(4) == 0 ? Arrays.copyOf(b, at) : b;
        default -> b = piece(b, good, at, random);
      }
    }
    return b;
  }

  /** Replaces a number of 2, 4 or 8 bytes by an extreme value or by a nearby one. */
  public static void number(byte[] b, int at, SplittableRandom random) {
    int width = 2 << random.nextInt(3);
    if (at + width > b.length) {
      return;
    }
    ByteOrder order = random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer view = ByteBuffer.wrap(b).order(order);
    long old = width == 2 ? view.getShort(at) : width == 4 ? view.getInt(at) : view.getLong(at);
    long now =
        random.nextInt(4) == 0
            ? old + random.nextInt(-2, 3)
            : EXTREMES[random.nextInt(EXTREMES.length)];
    switch (width) {
      case 2 -> view.putShort(at, (short) now);
      case 4 -> view.putInt(at, (int) now);
      default -> view.putLong(at, now);
    }
  }

  /** Replaces up to 64 bytes at one position by as many from elsewhere. */
  private static byte[] piece(byte[] b, byte[] from, int at, SplittableRandom random) {
    int begin = random.nextInt(from.length);
    int length = Math.min(random.nextInt(64), from.length - begin);
    int skip = random.nextInt(Math.min(64, b.length - at));
    byte[] out = new byte[b.length + length - skip];
    System.arraycopy(b, 0, out, 0, at);
    System.arraycopy(from, begin, out, at, length);
    System.arraycopy(b, at + skip, out, at + length, b.length - at - skip);
    return out;
  }

  /** Damages JSON: replaces tokens, duplicates or removes members, nests deeply, or truncates. */
  public static String json(String good, SplittableRandom random) {
    String text = good;
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      List<MatchResult> tokens = TOKEN.matcher(text).results().toList();
      List<MatchResult> members = MEMBER.matcher(text).results().toList();
      if (tokens.isEmpty() || members.isEmpty()) {
        return text;
      }
      MatchResult token = tokens.get(random.nextInt(tokens.size()));
      MatchResult member = members.get(random.nextInt(members.size()));
      text =
          switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> with(text, token, WORDS[random.nextInt(WORDS.length)]);
            case 4 -> with(text, token, tokens.get(random.nextInt(tokens.size())).group());
            case 5 -> with(text, member, member.group() + "," + member.group());
            case 6 -> with(text, member, members.get(random.nextInt(members.size())).group());
            case 7 -> with(text, token, "");
            case 8 ->
                with(
                    text,
                    token,
                    "[".repeat(1 + random.nextInt(3000)) + (random.nextBoolean() ? "1" : ""));
            default -> random.nextInt(4) == 0 ? text.substring(0, token.start()) : text;
          };
    }
    return text;
  }

  private static String with(String text, MatchResult place, String other) {
    return text.substring(0, place.start()) + other + text.substring(place.end());
  }

  /** Reorders, duplicates or removes parts, or damages one of them. */
  public static List<byte[]> parts(List<byte[]> good, SplittableRandom random) {
    List<byte[]> parts = new ArrayList<>(good);
    for (int n = 1 + random.nextInt(3); n > 0 && !parts.isEmpty(); n--) {
      int at = random.nextInt(parts.size());
      int other = random.nextInt(parts.size());
      switch (random.nextInt(6)) {
        case 0 -> parts.remove(at);
        case 1 -> parts.add(at, parts.get(other));
        case 2 -> java.util.Collections.swap(parts, at, other);
        default -> parts.set(at, bytes(parts.get(at), random));
      }
    }
    return parts;
  }
}
