package dev.fovea.train;

import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The folder that holds all files of one run. */
public record RunFolder(Path path) {
  /**
   * The parent of runs without an explicit folder: {@code runs/train}, {@code runs/train-2}, ...
   */
  public static final Path ROOT = Path.of("runs");

  private static final String NAME = "train";
  private static final int MOST = 100_000;

  /** Returns the file with the resolved configuration. */
  public Path config() {
    return path.resolve("config.json");
  }

  /** Returns the file with one row per epoch. */
  public Path metrics() {
    return path.resolve("metrics.csv");
  }

  /** Returns the file with the best weights so far. */
  public Path model() {
    return path.resolve("model.safetensors");
  }

  /** Returns the file that the run resumes from. */
  public Path state() {
    return path.resolve("last.safetensors");
  }

  /** Whether a run has saved files here. */
  public boolean holdsRun() {
    return Files.exists(state()) || Files.exists(model());
  }

  /** Returns the run under {@link #ROOT} whose state was saved last. */
  public static Optional<RunFolder> latest() {
    return latest(ROOT);
  }

  /** Returns the run directly under {@code root} whose state was saved last. */
  public static Optional<RunFolder> latest(Path root) {
    if (!Files.isDirectory(root)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(root)) {
      return folders
          .map(RunFolder::new)
          .filter(f -> Files.exists(f.state()))
          .max(Comparator.comparing(RunFolder::saved));
    } catch (IOException e) {
      throw new ConfigException(
          "cannot list the runs in " + root + ": " + IoReason.of(e) + "; set output.folder", e);
    }
  }

  private java.nio.file.attribute.FileTime saved() {
    try {
      return Files.getLastModifiedTime(state());
    } catch (IOException e) {
      throw new ConfigException(
          "cannot read the attributes of " + state() + ": " + IoReason.of(e), e);
    }
  }

  /**
   * Creates the folder of a new run: the named one, which must not hold a run, or the next free
   * one.
   */
  static RunFolder create(String named) {
    if (!named.isEmpty()) {
      RunFolder folder = new RunFolder(Path.of(named));
      if (folder.holdsRun()) {
        throw new ConfigException(
            "the folder "
                + named
                + " already holds a run, which a new run must not overwrite; "
                + "set output.resume to true to continue it, or output.folder to another folder");
      }
      create(() -> Files.createDirectories(folder.path()), folder.path());
      return folder;
    }
    create(() -> Files.createDirectories(ROOT), ROOT);
    for (int i = 1; i < MOST; i++) {
      Path path = ROOT.resolve(i == 1 ? NAME : NAME + "-" + i);
      if (createIfAbsent(path)) {
        return new RunFolder(path);
      }
    }
    throw new ConfigException(
        ROOT + " holds " + MOST + " runs; set output.folder to another folder");
  }

  /** Removes the folder again if it contains nothing but the lock. */
  void removeIfUnused() {
    try (Stream<Path> files = Files.list(path)) {
      List<Path> all = files.toList();
      if (all.stream().allMatch(f -> f.getFileName().toString().equals(".lock"))) {
        for (Path f : all) {
          Files.delete(f);
        }
        Files.delete(path);
      }
    } catch (IOException e) {
      // The failure that led here is the one to report; a leftover folder does no harm.
      return;
    }
  }

  /**
   * Returns the folder of a run to resume: the named one, or the one whose state was saved last.
   */
  static RunFolder existing(String named) {
    RunFolder folder =
        named.isEmpty()
            ? latest()
                .orElseThrow(
                    () ->
                        new ConfigException(
                            "there is no run to resume in "
                                + ROOT
                                + "; set output.folder to the folder of the run"))
            : new RunFolder(Path.of(named));
    if (!Files.exists(folder.state())) {
      throw new ConfigException(
          "the folder "
              + folder.path()
              + " holds no saved state, so there is nothing to resume; "
              + "set output.resume to false to start a new run");
    }
    return folder;
  }

  // Checking and creating are one call, so that two processes never get the same folder.
  private static boolean createIfAbsent(Path path) {
    try {
      Files.createDirectory(path);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  private interface Creation {
    void run() throws IOException;
  }

  private static void create(Creation creation, Path path) {
    try {
      creation.run();
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  private static ConfigException unwritable(Path path, IOException e) {
    return new ConfigException(
        "cannot create the run folder "
            + path
            + " ("
            + IoReason.of(e)
            + "); set output.folder to another folder",
        e);
  }
}
