package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Expands patterns of archives as WebDataset writes them: braces with ranges ({@code
 * train-{000000..000146}.tar}) or alternatives ({@code {train,val}-0.tar}), then {@code *}, {@code
 * ?} and {@code [0-9]} in the last element of the path.
 */
final class ShardPattern {
  private static final Pattern BRACES = Pattern.compile("\\{([^{}]*)}");
  private static final Pattern RANGE = Pattern.compile("([0-9]{1,9})\\.\\.([0-9]{1,9})");
  private static final Pattern WILD = Pattern.compile("[*?\\[]");
  private static final int MOST = 100_000;

  private ShardPattern() {}

  /** Whether a text that is no existing path may be a pattern. */
  static boolean isPattern(String text) {
    return BRACES.matcher(text).find() || WILD.matcher(text).find();
  }

  /**
   * The files of a pattern: in the order of the braces, and sorted by name for wildcards.
   *
   * @throws DataException if there is none, or one of those that braces list does not exist
   */
  static List<Path> expand(String pattern) {
    List<String> names = new ArrayList<>();
    braces(pattern, pattern, names);
    Set<Path> files = new LinkedHashSet<>();
    List<String> missing = new ArrayList<>();
    for (String name : names) {
      if (WILD.matcher(name).find()) {
        files.addAll(matching(name));
      } else if (Files.isRegularFile(Path.of(name))) {
        files.add(Path.of(name));
      } else {
        missing.add(name);
      }
    }
    if (!missing.isEmpty() || files.isEmpty()) {
      throw new DataException(
          (missing.isEmpty()
                  ? "no file matches " + pattern
                  : missing.size()
                      + " of the "
                      + names.size()
                      + " archives of "
                      + pattern
                      + " do not exist, for example "
                      + missing.get(0))
              + "; expected .tar archives; check the folder and the numbers");
    }
    for (Path file : files) {
      if (!ShardFiles.isTar(file)) {
        throw new DataException(
            file
                + ", which matches "
                + pattern
                + ", is not an uncompressed .tar archive; expected a pattern that ends in .tar;"
                + " unpack .tar.gz with gunzip");
      }
    }
    return List.copyOf(files);
  }

  private static void braces(String pattern, String rest, List<String> to) {
    Matcher m = BRACES.matcher(rest);
    if (!m.find()) {
      if (to.size() >= MOST) {
        throw new DataException(
            pattern + " means more than " + MOST + " archives; expected fewer; correct the range");
      }
      to.add(rest);
      return;
    }
    String before = rest.substring(0, m.start());
    String after = rest.substring(m.end());
    Matcher range = RANGE.matcher(m.group(1));
    if (!range.matches()) {
      for (String word : m.group(1).split(",", -1)) {
        braces(pattern, before + word + after, to);
      }
      return;
    }
    int from = Integer.parseInt(range.group(1));
    int last = Integer.parseInt(range.group(2));
    int width = range.group(1).startsWith("0") ? range.group(1).length() : 1;
    if (last < from) {
      throw new DataException(
          pattern
              + " has the range "
              + m.group()
              + ", which ends before it starts; expected the smaller number first; correct it");
    }
    for (int k = from; k <= last; k++) {
      String digits = Integer.toString(k);
      String zeros = "0".repeat(Math.max(0, width - digits.length()));
      braces(pattern, before + zeros + digits + after, to);
    }
  }

  private static List<Path> matching(String glob) {
    int slash = glob.lastIndexOf('/');
    String name = glob.substring(slash + 1);
    String folder = slash < 0 ? "." : slash == 0 ? "/" : glob.substring(0, slash);
    if (WILD.matcher(folder).find() || !Files.isDirectory(Path.of(folder))) {
      throw new DataException(
          "there is no folder "
              + folder
              + "; expected wildcards in the name of the archives alone; check the path");
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(folder), name)) {
      for (Path file : files) {
        if (Files.isRegularFile(file)) {
          found.add(slash < 0 ? Path.of(ShardFiles.name(file)) : file);
        }
      }
    } catch (IOException | PatternSyntaxException e) {
      String why = e instanceof IOException io ? IoReason.of(io) : "it is no valid pattern";
      throw new DataException(
          "cannot find the files of "
              + glob
              + ": "
              + why
              + "; expected * for any letters, ? for one, [0-9] for a digit",
          e);
    }
    found.sort(null);
    return found;
  }
}
