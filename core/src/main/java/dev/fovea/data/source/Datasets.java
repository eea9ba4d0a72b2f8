package dev.fovea.data.source;

import dev.fovea.data.archive.FolderSource;
import dev.fovea.data.archive.PathNames;
import dev.fovea.data.archive.Source;
import dev.fovea.data.archive.TarSource;
import dev.fovea.data.archive.ZipSource;
import dev.fovea.data.image.DataException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Opens data sets by path, or by the name of a generated set.
 *
 * <p>A path is a folder of class folders (with or without {@code train/}, {@code val/}, {@code
 * test/}), the same in a {@code .zip} or {@code .tar}, WebDataset shards (a folder of {@code .tar}
 * archives, one of them, or a pattern such as {@code train-{000000..000146}.tar}), a folder with
 * ImageNet's archives as they are distributed, a CIFAR binary folder, or a folder of IDX files. The
 * only generated set is {@code shapes}, with options as in {@code shapes(size=32,count=10000)}.
 * {@link Split#VAL} opens the validation folder, else the test folder, else the images that {@link
 * DatasetOptions#valFraction} holds out from training; {@link Split#TEST} likewise. Split folders
 * may also be named {@code training}, {@code valid}, {@code validation}, {@code eval}, {@code
 * evaluation} or {@code testing}.
 *
 * <p>With {@link DatasetOptions#labels} the classes come from a file: lines of {@code path,label},
 * with or without a header, separated by commas, tabs, semicolons or spaces, with an optional third
 * column {@code split}. Tiny-ImageNet's {@code val_annotations.txt} is such a file and is found
 * automatically.
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
   * Opens a generated set if {@code pathOrName} names one, else a path. The caller closes the data
   * set.
   *
   * @throws DataException if it does not exist or is not a valid data set; everything that can be
   *     checked before training is checked here
   */
  public static Dataset open(String pathOrName, Split split, DatasetOptions options) {
    if (SyntheticShapes.isName(pathOrName)) {
      return prepare(SyntheticShapes.parse(pathOrName).open(split), options);
    }
    return open(PathNames.parse(pathOrName), split, options);
  }

  /**
   * Opens a folder or an archive.
   *
   * @throws DataException as {@link #open(String, Split, DatasetOptions)}
   */
  public static Dataset open(Path path, Split split, DatasetOptions options) {
    if (options.labels().isEmpty() && Files.isDirectory(path) && CifarBinary.isHere(path)) {
      return prepare(CifarBinary.open(path, split), options);
    }
    if (options.labels().isEmpty() && Files.isDirectory(path) && IdxFiles.isHere(path)) {
      return prepare(IdxFiles.open(path, split, options.limits()), options);
    }
    Parts parts = parts(path, options);
    try {
      return prepare(part(parts, split, options), options);
    } catch (RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  /** Whether a name is that of a generated set. */
  public static boolean isGenerated(String name) {
    return SyntheticShapes.isName(name);
  }

  /** Whether a name is that of a generated set, an existing path, or a pattern of archives. */
  public static boolean isThere(String pathOrName) {
    try {
      return SyntheticShapes.isName(pathOrName)
          || Files.exists(Path.of(pathOrName))
          || ShardPattern.isPattern(pathOrName) && !ShardPattern.expand(pathOrName).isEmpty();
    } catch (InvalidPathException | DataException e) {
      return false;
    }
  }

  /** Opens every split that a source actually has; the caller closes all of them. */
  public static List<Dataset> parts(String pathOrName, DatasetOptions options) {
    return List.copyOf(splits(pathOrName, options).values());
  }

  /**
   * The same by the name of the split in lower case; a source without splits has only {@code
   * train}.
   */
  public static Map<String, Dataset> splits(String pathOrName, DatasetOptions options) {
    Map<String, Dataset> splits = new LinkedHashMap<>();
    if (SyntheticShapes.isName(pathOrName)) {
      splits.put("train", open(pathOrName, Split.TRAIN, options));
      splits.put("val", open(pathOrName, Split.VAL, options));
      return splits;
    }
    Path path = PathNames.parse(pathOrName);
    if (options.labels().isEmpty()
        && Files.isDirectory(path)
        && (CifarBinary.isHere(path) || IdxFiles.isHere(path))) {
      splits.put("train", open(path, Split.TRAIN, options));
      splits.put("val", open(path, Split.VAL, options));
      return splits;
    }
    Parts parts = parts(path, options);
    try {
      parts.checkTrainable();
      for (String name : parts.splits()) {
        splits.put(
            name.isEmpty() ? "train" : name,
            parts.open(name.isEmpty() ? "all" : name, List.of(name)));
      }
      return splits;
    } catch (RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  /**
   * Relabels {@code set} by the class list {@code classes}, for example that of a model; returns
   * the set itself if it already uses that list. If its class names are not in the list, but what
   * people call them is ({@link Dataset#displayNames}), these are matched. Classes without images
   * are noted.
   *
   * @throws DataException if the set has classes that are not in {@code classes}, naming them
   */
  public static Dataset withClasses(Dataset set, List<String> classes) {
    return ReindexedDataset.of(set, classes);
  }

  private static void checkThere(Path path) {
    if (!Files.exists(path)) {
      throw new DataException(
          "there is no "
              + path
              + "; expected a folder, a .zip or .tar, or the name of a generated set (shapes); "
              + "check the spelling");
    }
    if (!Files.isDirectory(path) && !Files.isRegularFile(path)) {
      throw new DataException(
          path
              + " is a named pipe, a socket or a device, which is never opened; expected a folder,"
              + " a .zip or a .tar; copy the data to a file");
    }
    if (!Files.isReadable(path)) {
      throw new DataException(
          "cannot read " + path + "; expected a readable path; check its permissions");
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
            + " is not a supported file; expected a folder, a .zip or an uncompressed .tar; "
            + "unpack it or pack it as one of these");
  }

  /** Opens a file as an archive if its suffix says so, else null. */
  static @Nullable Source archive(Path path) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".zip")) {
      return new ZipSource(path);
    }
    return name.endsWith(".tar") ? new TarSource(path) : null;
  }

  private static Parts parts(Path path, DatasetOptions options) {
    Optional<Parts> imageNet = ImageNetArchives.open(path, options);
    if (imageNet.isPresent()) {
      return imageNet.get();
    }
    Optional<ShardFiles> shards = ShardFiles.find(path);
    if (shards.isPresent()) {
      return ShardParts.open(shards.get(), options);
    }
    checkThere(path);
    ParquetAdvice.check(path);
    Source source = source(path);
    try {
      return new FileParts(source, ClassLayout.of(source, options), options.limits());
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static Dataset part(Parts parts, Split split, DatasetOptions options) {
    if (split == Split.TRAIN) {
      parts.checkTrainable();
    }
    Set<String> splits = parts.splits();
    if (split == Split.ALL) {
      return parts.open("all", splits);
    }
    for (String name : split.folders()) {
      if (splits.contains(name)) {
        boolean holdsOut = split == Split.TRAIN && splits.size() == 1 && options.valFraction() > 0;
        Dataset found = parts.open(name, List.of(name));
        return holdsOut ? holdOut(found, Split.TRAIN, options) : found;
      }
    }
    String only =
        splits.contains("")
            ? ""
            : splits.size() == 1 && splits.contains("train") ? "train" : "none";
    if (only.equals("none") || split != Split.TRAIN && options.valFraction() == 0) {
      throw new DataException(
          parts.description() + " has no " + split + " split, " + parts.advice(split));
    }
    Dataset whole = parts.open("all", List.of(only));
    return options.valFraction() == 0 ? whole : holdOut(whole, split, options);
  }

  private static Dataset holdOut(Dataset whole, Split split, DatasetOptions options) {
    boolean held = split != Split.TRAIN;
    int[] items = Subset.stratified(whole, options.valFraction(), options.seed(), held);
    String what = (held ? "held-out part of " : "training part of ") + whole.description();
    if (items.length == 0) {
      throw new DataException(
          what
              + " is empty: every class has a single image; expected two or more per class; add"
              + " images");
    }
    return new Subset(whole, items, what);
  }

  /**
   * Draws {@code part} of the images of every class, by {@code seed}; classes of two or more images
   * have at least one on each side.
   *
   * @param chosen whether to return the numbers of those images or of the others
   */
  public static int[] stratified(Dataset set, double part, long seed, boolean chosen) {
    return Subset.stratified(set, part, seed, chosen);
  }

  /** Returns the images with these numbers, in this order; closing them closes {@code whole}. */
  public static Dataset select(Dataset whole, int[] items, String description) {
    return new Subset(whole, items.clone(), description);
  }

  /**
   * Opens a split of a program's own images.
   *
   * @param validation the images to validate on; empty to hold out a part of {@code images}
   * @throws DataException if it would be empty
   */
  public static Dataset ofProgram(
      Dataset images, Optional<Dataset> validation, Split split, DatasetOptions options) {
    if (split == Split.ALL || validation.isPresent() && split == Split.TRAIN) {
      return prepare(images, options);
    }
    return prepare(
        validation.isPresent() ? validation.get() : holdOut(images, split, options), options);
  }

  private static Dataset prepare(Dataset set, DatasetOptions options) {
    Dataset used = set;
    if (options.fraction() < 1) {
      int[] items = Subset.stratified(set, 1 - options.fraction(), options.seed() + 1, false);
      used = new Subset(set, items, options.fraction() + " of " + set.description());
    }
    return MemoryDataset.of(used, options);
  }
}
