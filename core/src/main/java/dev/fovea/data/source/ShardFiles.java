package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.Source;
import dev.fovea.data.archive.TarReader;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The tar archives of a set of images, found by a folder, a pattern or the path of one archive.
 *
 * @param description names them together in messages
 * @param folder where files about the set are looked for, such as class names
 * @param files the archives in order
 * @param others files of the folder that are not read
 */
record ShardFiles(String description, Path folder, List<Path> files, List<IgnoredFile> others) {
  /** Members of an archive that are looked at to tell what it holds. */
  private static final int LOOKED_AT = 64;

  /** Copies the lists. */
  ShardFiles {
    files = List.copyOf(files);
    others = List.copyOf(others);
  }

  /**
   * The archives that a path or pattern means; empty if it does not mean archives of samples: a
   * single archive with class folders, or a folder with images or class folders.
   *
   * @throws DataException if an archive of a pattern does not exist
   */
  static Optional<ShardFiles> find(Path path) {
    if (Files.isDirectory(path)) {
      return inFolder(path);
    }
    if (Files.isRegularFile(path)) {
      return isTar(path) && holdsSamples(path)
          ? Optional.of(new ShardFiles(path.toString(), folder(path), List.of(path), List.of()))
          : Optional.empty();
    }
    if (Files.exists(path) || !ShardPattern.isPattern(path.toString())) {
      return Optional.empty();
    }
    List<Path> files = ShardPattern.expand(path.toString());
    return Optional.of(new ShardFiles(path.toString(), folder(files.get(0)), files, List.of()));
  }

  private static Path folder(Path file) {
    Path folder = file.getParent();
    return folder == null ? Path.of(".") : folder;
  }

  static boolean isTar(Path file) {
    return name(file).toLowerCase(Locale.ROOT).endsWith(".tar");
  }

  static String name(Path file) {
    return Optional.ofNullable(file.getFileName()).map(Path::toString).orElse("");
  }

  /** The name of an archive without its suffix. */
  static String stem(Path file) {
    return name(file).substring(0, name(file).length() - ".tar".length());
  }

  /** What a folder holds directly. */
  private static final class Content {
    final List<Path> archives = new ArrayList<>();
    final List<Path> folders = new ArrayList<>();
    final List<Path> others = new ArrayList<>();

    /** Lists until the first image; empty if there is one. */
    static Optional<Content> of(Path folder) {
      Content content = new Content();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
        for (Path entry : entries) {
          String name = name(entry);
          if (Source.isLitter(name)) {
            continue;
          }
          if (ImageFormat.isImageName(name)) {
            return Optional.empty();
          } else if (Files.isDirectory(entry)) {
            content.folders.add(entry);
          } else if (isTar(entry) && Files.isRegularFile(entry)) {
            content.archives.add(entry);
          } else {
            content.others.add(entry);
          }
        }
      } catch (IOException e) {
        throw new DataException(
            "cannot list folder "
                + folder
                + ": "
                + IoReason.of(e)
                + "; expected a readable folder; check its permissions",
            e);
      }
      return Optional.of(content);
    }
  }

  private static Optional<ShardFiles> inFolder(Path folder) {
    PackFiles.checkFinished(folder);
    Optional<Content> top = Content.of(folder);
    if (top.isEmpty()) {
      return Optional.empty();
    }
    List<Path> files = new ArrayList<>(top.get().archives);
    List<Path> others = new ArrayList<>(top.get().others);
    for (Path below : top.get().folders) {
      Optional<Content> content = Content.of(below);
      if (content.isEmpty() || !content.get().folders.isEmpty()) {
        return Optional.empty();
      }
      files.addAll(content.get().archives);
      others.addAll(content.get().others);
    }
    if (files.isEmpty()) {
      return Optional.empty();
    }
    files.sort(Comparator.comparing(Path::toString));
    List<IgnoredFile> ignored =
        others.stream()
            .map(f -> folder.relativize(f).toString().replace('\\', '/'))
            .filter(f -> !ClassNames.isUsual(f) && !f.equals(PackFiles.RECORD))
            .sorted()
            .map(f -> new IgnoredFile(f, "not an archive", "not a .tar archive"))
            .toList();
    return Optional.of(new ShardFiles(folder.toString(), folder, files, ignored));
  }

  /** Whether an archive holds samples with labels beside the images, or archives of classes. */
  private static boolean holdsSamples(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      TarReader tar = new TarReader(channel, 0, channel.size());
      Map<String, String> extensions = new HashMap<>();
      boolean folders = false;
      int looked = 0;
      for (TarReader.Member m = tar.next(); m != null && looked < LOOKED_AT; m = tar.next()) {
        String path = Source.clean(m.path());
        if (m.kind() != TarReader.Kind.FILE || Source.isLitter(path)) {
          continue;
        }
        looked++;
        if (path.toLowerCase(Locale.ROOT).endsWith(".tar")) {
          return true;
        }
        int base = path.lastIndexOf('/') + 1;
        int dot = path.indexOf('.', base);
        if (dot >= 0) {
          boolean image = ImageFormat.isImageName(path);
          folders |= image && base > 0;
          String what = image ? "image" : path.substring(dot + 1).toLowerCase(Locale.ROOT);
          extensions.merge(path.substring(0, dot), " " + what, String::concat);
        }
      }
      boolean anyFolders = folders;
      return extensions.values().stream()
          .filter(e -> e.contains(" image"))
          .anyMatch(
              e ->
                  e.contains(" cls") || !anyFolders && (e.contains(" json") || e.contains(" txt")));
    } catch (IOException e) {
      // Opening it as an archive reports what is wrong with it.
      return false;
    }
  }

  /**
   * The split that archive {@code a} belongs to: by the name of its folder below {@link #folder},
   * else by a word of its own name, else {@code ""}.
   */
  String split(int a) {
    Path file = files.get(a);
    String above = name(folder(file)).toLowerCase(Locale.ROOT);
    if (!folder(file).equals(folder) && Split.isSplitFolder(above)) {
      return above;
    }
    for (String word : stem(file).toLowerCase(Locale.ROOT).split("[-_.]")) {
      if (Split.isSplitFolder(word)) {
        return word;
      }
    }
    return "";
  }
}
