package dev.fovea.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The image files that paths stand for: files as they are, folders by what lies in them.
 *
 * @param found in the order of the paths, those of a folder sorted by name
 * @param problems paths that stand for nothing
 */
record ImageFiles(List<Path> found, List<Problem> problems) {
  private static final Set<String> SUFFIXES = Set.of("jpg", "jpeg", "png", "gif", "bmp", "webp");

  /** A path that cannot be used. */
  record Problem(Path path, String reason) {}

  static ImageFiles of(List<Path> paths) {
    List<Path> found = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        problems.add(new Problem(path, path + ": there is no such file or folder; check the path"));
      } else if (!Files.isDirectory(path)) {
        found.add(path);
      } else {
        folder(path, found, problems);
      }
    }
    return new ImageFiles(List.copyOf(found), List.copyOf(problems));
  }

  private static void folder(Path folder, List<Path> found, List<Problem> problems) {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> images = all.filter(ImageFiles::isImage).sorted().toList();
      if (images.isEmpty()) {
        problems.add(
            new Problem(
                folder,
                folder
                    + ": no images in this folder; expected files named .jpg, .png, .gif, .bmp or"
                    + " .webp"));
      }
      found.addAll(images);
    } catch (IOException | UncheckedIOException e) {
      problems.add(new Problem(folder, ErrorLine.of(e)));
    }
  }

  private static boolean isImage(Path file) {
    String name = String.valueOf(file.getFileName());
    String suffix = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return SUFFIXES.contains(suffix) && Files.isRegularFile(file);
  }
}
