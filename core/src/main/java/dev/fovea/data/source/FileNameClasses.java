package dev.fovea.data.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Guesses classes from the names of images in a flat folder: {@code cat.0.jpg}, {@code
 * cat_001.jpg}, {@code n01443537_10.JPEG}.
 */
final class FileNameClasses {
  private static final Pattern NUMBERED = Pattern.compile("(.*[^ ._()0-9-])[ ._()-]*[0-9]+[)]?");

  private static final String LABELS =
      "list them in a labels file with lines of path,label (data.labels)";

  private FileNameClasses() {}

  /** The advice part of a message about images outside class folders. */
  static String advice(String where, List<String> paths) {
    return sorting(where, paths)
        .map(how -> paths.size() + " images are outside class folders, but " + how)
        .orElseGet(
            () ->
                paths.size()
                    + (paths.size() == 1 ? " image is" : " images are")
                    + " outside class folders, for example "
                    + paths.get(0)
                    + ": sort them into one folder per class, or "
                    + LABELS);
  }

  /**
   * How to sort the images of one folder by their names, if these seem to start with the class.
   *
   * @param paths of the images, at least one
   */
  static Optional<String> sorting(String where, List<String> paths) {
    if (paths.stream().map(FileNameClasses::folder).distinct().count() != 1) {
      return Optional.empty();
    }
    Map<String, Integer> classes = new TreeMap<>();
    for (String path : paths) {
      String name = path.substring(path.lastIndexOf('/') + 1);
      Matcher m = NUMBERED.matcher(name.substring(0, name.lastIndexOf('.')));
      if (m.matches()) {
        classes.merge(m.group(1), 1, Integer::sum);
      }
    }
    int named = classes.values().stream().mapToInt(Integer::intValue).sum();
    if (classes.size() < 2 || named < paths.size() || named < 2 * classes.size()) {
      return Optional.empty();
    }
    List<String> counts = new ArrayList<>();
    classes.forEach((c, n) -> counts.add(c + " " + n));
    String folder = folder(paths.get(0));
    boolean archive = where.toLowerCase(Locale.ROOT).matches(".*\\.(zip|tar)");
    return Optional.of(
        "their names seem to start with the class ("
            + ClassLayout.shortList(counts)
            + "). To sort them into class folders"
            + (archive ? ", unpack the archive and run in its folder: " : ", run: ")
            + command(archive ? folder : where + (folder.isEmpty() ? "" : "/" + folder))
            + " Or "
            + LABELS);
  }

  private static String folder(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /**
   * A shell command that sorts the files of a folder into class folders without overwriting any.
   */
  static String command(String folder) {
    return (folder.isEmpty() ? "" : "cd '" + folder.replace("'", "'\\''") + "' && ")
        + "for f in *[0-9]*.*; do c=$(printf %s \"$f\" | sed -E"
        + " 's/[ ._()-]*[0-9]+[)]?\\.[^.]*$//'); mkdir -p \"$c\" && mv -n \"$f\" \"$c/\"; done";
  }
}
