package dev.fovea.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one door to data: a path or the name of a generated set, and the split that is wanted.
 *
 * <p>A path is a folder of class folders (with or without {@code train/}, {@code val/}, {@code
 * test/}), the same in a {@code .zip} or {@code .tar}, a CIFAR binary folder, or a folder of IDX
 * files. A name is {@code shapes}, with options as in {@code shapes(size=32,count=10000)}. Asking
 * for {@link Split#VAL} gives the validation folder, else the test folder, else the part of the
 * pictures that {@link DatasetOptions#valFraction} holds back from training; {@link Split#TEST}
 * likewise.
 */
public final class Datasets {
  private Datasets() {}

  /** {@link #open(String, Split, DatasetOptions)} with {@link DatasetOptions#STANDARD}. */
  public static Dataset open(String pathOrName, Split split) {
    return open(pathOrName, split, DatasetOptions.STANDARD);
  }

  /** {@link #open(Path, Split, DatasetOptions)} with {@link DatasetOptions#STANDARD}. */
  public static Dataset open(Path path, Split split) {
    return open(path, split, DatasetOptions.STANDARD);
  }

  /**
   * Opens a generated set if {@code pathOrName} is its name, else the path.
   *
   * @throws DataException if there is no such thing, or it cannot serve as a data set; everything
   *     that can be known before training is checked here
   */
  public static Dataset open(String pathOrName, Split split, DatasetOptions options) {
    if (Shapes.isName(pathOrName)) {
      return finished(Shapes.parse(pathOrName).open(split), options);
    }
    return open(path(pathOrName), split, options);
  }

  /**
   * Opens a folder or an archive.
   *
   * @throws DataException as {@link #open(String, Split, DatasetOptions)}
   */
  public static Dataset open(Path path, Split split, DatasetOptions options) {
    checkThere(path);
    if (Files.isDirectory(path) && CifarBinary.isHere(path)) {
      return finished(CifarBinary.open(path, split), options);
    }
    if (Files.isDirectory(path) && IdxFiles.isHere(path)) {
      return finished(IdxFiles.open(path, split, options.limits()), options);
    }
    Source source = source(path);
    try {
      return finished(files(source, split, options), options);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** Every part that a source really has, for checking; the caller closes all of them. */
  static List<Dataset> parts(String pathOrName, DatasetOptions options) {
    if (Shapes.isName(pathOrName)) {
      return List.of(open(pathOrName, Split.TRAIN, options), open(pathOrName, Split.VAL, options));
    }
    Path path = path(pathOrName);
    if (Files.isDirectory(path) && (CifarBinary.isHere(path) || IdxFiles.isHere(path))) {
      return List.of(open(path, Split.TRAIN, options), open(path, Split.VAL, options));
    }
    checkThere(path);
    Source source = source(path);
    try {
      ClassLayout layout = ClassLayout.of(source);
      List<Dataset> parts = new ArrayList<>();
      layout
          .splits()
          .forEach(
              (name, items) ->
                  parts.add(
                      new FileDataset(
                          source, name.isEmpty() ? "all" : name, layout, items, options.limits())));
      return parts;
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static void checkThere(Path path) {
    if (!Files.exists(path)) {
      throw new DataException(
          "there is no "
              + path
              + "; expected a folder, a .zip or .tar, or the name of a generated set (shapes); "
              + "check the spelling");
    }
    if (!Files.isReadable(path)) {
      throw new DataException(
          "cannot read " + path + "; expected a readable path; check its permissions");
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new DataException(
          "'" + text + "' is no path: " + e.getReason() + "; expected a folder or archive", e);
    }
  }

  private static Source source(Path path) {
    if (Files.isDirectory(path)) {
      return new FolderSource(path, FolderSource.STRICT);
    }
    Source archive = archive(path);
    if (archive != null) {
      return archive;
    }
    throw new DataException(
        path
            + " is a file of unknown kind; expected a folder, a .zip or an uncompressed .tar; "
            + "unpack it or pack it as one of these");
  }

  /** The archive that a file is by its name, or null. */
  static @Nullable Source archive(Path path) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".zip")) {
      return new ZipSource(path);
    }
    return name.endsWith(".tar") ? new TarSource(path) : null;
  }

  private static Dataset files(Source source, Split split, DatasetOptions options) {
    ClassLayout layout = ClassLayout.of(source);
    Map<String, List<ClassLayout.Item>> splits = layout.splits();
    if (split == Split.ALL) {
      List<ClassLayout.Item> all = new ArrayList<>();
      splits.values().forEach(all::addAll);
      return new FileDataset(source, "all", layout, all, options.limits());
    }
    for (String folder : split.folders()) {
      if (splits.containsKey(folder)) {
        boolean carve = split == Split.TRAIN && splits.size() == 1 && options.valFraction() > 0;
        FileDataset found =
            new FileDataset(source, folder, layout, splits.get(folder), options.limits());
        return carve ? carved(found, Split.TRAIN, options) : found;
      }
    }
    String only =
        splits.containsKey("")
            ? ""
            : splits.size() == 1 && splits.containsKey("train") ? "train" : "none";
    if (only.equals("none") || split != Split.TRAIN && options.valFraction() == 0) {
      throw new DataException(
          source.description()
              + " has no "
              + split
              + " split, only "
              + (only.isEmpty() ? "class folders" : String.join(", ", splits.keySet()))
              + "; expected a folder "
              + String.join("/ or ", split.folders().stream().limit(2).toList())
              + "/, or a validation fraction above 0 to hold back a part; add it or set the"
              + " fraction");
    }
    FileDataset whole =
        new FileDataset(
            source, "all", layout, splits.getOrDefault(only, List.of()), options.limits());
    return options.valFraction() == 0 ? whole : carved(whole, split, options);
  }

  private static Dataset carved(Dataset whole, Split split, DatasetOptions options) {
    boolean held = split != Split.TRAIN;
    int[] items = Subset.stratified(whole, options.valFraction(), options.seed(), held);
    String what = (held ? "held-back part of " : "training part of ") + whole.description();
    if (items.length == 0) {
      throw new DataException(
          what
              + " is empty: every class has a single picture; expected two or more per class; add"
              + " pictures");
    }
    return new Subset(whole, items, what);
  }

  private static Dataset finished(Dataset set, DatasetOptions options) {
    Dataset used = set;
    if (options.fraction() < 1) {
      int[] items = Subset.stratified(set, 1 - options.fraction(), options.seed() + 1, false);
      used = new Subset(set, items, options.fraction() + " of " + set.description());
    }
    return MemoryDataset.of(used, options);
  }
}
