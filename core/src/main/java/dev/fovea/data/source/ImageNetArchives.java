package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.ImageIndex;
import dev.fovea.data.archive.TarShards;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * ImageNet as it is distributed: {@code ILSVRC2012_img_train.tar}, an archive of one archive for
 * each class, and {@code ILSVRC2012_img_val.tar} with the labels beside it ({@link
 * ImageNetLabels}). Nothing is unpacked. The classes are the synsets, sorted.
 */
final class ImageNetArchives {
  private static final Pattern TRAIN = Pattern.compile("ilsvrc20[0-9]{2}_img_train\\.tar");
  private static final Pattern VAL = Pattern.compile("ilsvrc20[0-9]{2}_img_val\\.tar");

  private ImageNetArchives() {}

  /**
   * Opens a folder with one or both of the archives, or the archive of the validation images.
   *
   * @return empty if the path is something else
   * @throws DataException if the archives or the labels cannot be read or do not belong together
   */
  static Optional<Parts> open(Path path, DatasetOptions options) {
    if (Files.isRegularFile(path)) {
      boolean val = VAL.matcher(lowerName(path)).matches();
      Path folder = Optional.ofNullable(path.getParent()).orElse(Path.of("."));
      return val
          ? Optional.of(
              open(new ShardFiles(path.toString(), folder, List.of(path), List.of()), options))
          : Optional.empty();
    }
    if (!Files.isDirectory(path)) {
      return Optional.empty();
    }
    List<Path> archives = archives(path);
    return archives.isEmpty()
        ? Optional.empty()
        : Optional.of(open(new ShardFiles(path.toString(), path, archives, List.of()), options));
  }

  private static String lowerName(Path file) {
    return ShardFiles.name(file).toLowerCase(Locale.ROOT);
  }

  private static List<Path> archives(Path folder) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*_img_*.[tT][aA][rR]")) {
      for (Path file : files) {
        String name = lowerName(file);
        if (TRAIN.matcher(name).matches() || VAL.matcher(name).matches()) {
          found.add(file);
        }
      }
    } catch (IOException e) {
      throw new DataException(
          "cannot list folder " + folder + ": " + IoReason.of(e) + "; expected a readable folder",
          e);
    }
    found.sort(null);
    return found;
  }

  private static Parts open(ShardFiles files, DatasetOptions options) {
    TarShards shards =
        TarShards.open(files.description(), files.files(), Optional.empty(), options.threads());
    try {
      return parts(files, shards, options);
    } catch (RuntimeException e) {
      shards.close();
      throw e;
    }
  }

  private static Parts parts(ShardFiles files, TarShards shards, DatasetOptions options) {
    ImageIndex index = shards.index();
    ImageNetLabels known = new ImageNetLabels(files.folder());
    List<String> classes = index.labels().stream().sorted().toList();
    Map<String, List<Integer>> splits = new TreeMap<>();
    List<List<String>> validation = new ArrayList<>();
    for (int a = 0; a < index.archives(); a++) {
      boolean train = TRAIN.matcher(lowerName(files.files().get(a))).matches();
      splits.computeIfAbsent(train ? "train" : "val", s -> new ArrayList<>()).add(a);
      if (train && classes.isEmpty()) {
        throw new DataException(
            files.files().get(a)
                + " holds no archives of classes; expected n01440764.tar and so on inside, as it is"
                + " distributed; download it again, or rename it if it is something else");
      }
      validation.add(
          train ? List.of() : known.ofValidation(images(index, a), options.labels(), classes));
    }
    if (classes.isEmpty()) {
      TreeSet<String> all = new TreeSet<>(known.synsets());
      validation.forEach(all::addAll);
      classes = List.copyOf(all);
    }
    Map<String, Integer> numbers = new HashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      numbers.put(classes.get(c), c);
    }
    Map<Integer, int[]> given = new HashMap<>();
    for (int a = 0; a < index.archives(); a++) {
      if (!validation.get(a).isEmpty()) {
        given.put(a, labels(validation.get(a), numbers, files));
      }
    }
    List<IgnoredFile> ignored = List.copyOf(index.ignored());
    return new ShardParts(
        files,
        shards,
        splits,
        new ShardParts.Classes(
            classes,
            classes.stream().map(known::name).toList(),
            index.labels().stream().mapToInt(numbers::get).toArray(),
            given),
        ignored,
        List.of(),
        options.limits());
  }

  private static List<String> images(ImageIndex index, int a) {
    return IntStream.range(index.first(a), index.first(a + 1)).mapToObj(index::member).toList();
  }

  private static int[] labels(
      List<String> synsets, Map<String, Integer> numbers, ShardFiles files) {
    int[] labels = new int[synsets.size()];
    for (int k = 0; k < labels.length; k++) {
      Integer label = numbers.get(synsets.get(k));
      if (label == null) {
        throw new DataException(
            "the labels of the validation images in "
                + files.folder()
                + " name the synset "
                + synsets.get(k)
                + ", of which there are no training images; expected the same "
                + numbers.size()
                + " synsets; use the files of one release");
      }
      labels[k] = label;
    }
    return labels;
  }
}
