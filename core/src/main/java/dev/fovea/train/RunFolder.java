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
  /** Where runs go that are given no folder: {@code runs/train}, {@code runs/train-2}, ... */
  public static final Path ROOT = Path.of("runs");

  private static final String NAME = "train";
  private static final int MOST = 100_000;

  /** The resolved configuration. */
  public Path config() {
    return path.resolve("config.json");
  }

  /** One row per epoch. */
  public Path metrics() {
    return path.resolve("metrics.csv");
  }

  /** The best weights so far. */
  public Path model() {
    return path.resolve("model.safetensors");
  }

  /** What the run continues from. */
  public Path state() {
    return path.resolve("last.safetensors");
  }

  /** Whether a run was saved here. */
  public boolean holdsRun() {
    return Files.exists(state()) || Files.exists(model());
  }

  /** The run under {@link #ROOT} whose state was saved last. */
  public static Optional<RunFolder> latest() {
    return latest(ROOT);
  }

  /** The run directly under {@code root} whose state was saved last. */
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
          "cannot look for runs in " + root + ": " + IoReason.of(e) + "; name one by output.folder",
          e);
    }
  }

  private java.nio.file.attribute.FileTime saved() {
    try {
      return Files.getLastModifiedTime(state());
    } catch (IOException e) {
      throw new ConfigException("cannot look at " + state() + ": " + IoReason.of(e), e);
    }
  }

  /**
   * Makes the folder of a new run: the named one, which must not hold a run, or the next free one.
   */
  static RunFolder create(String named) {
    if (!named.isEmpty()) {
      RunFolder folder = new RunFolder(Path.of(named));
      if (folder.holdsRun()) {
        throw new ConfigException(
            "the folder "
                + named
                + " already holds a run, which a new one must not overwrite; "
                + "set output.resume to true to go on with it, or output.folder to another folder");
      }
      make(() -> Files.createDirectories(folder.path()), folder.path());
      return folder;
    }
    make(() -> Files.createDirectories(ROOT), ROOT);
    for (int i = 1; i < MOST; i++) {
      Path path = ROOT.resolve(i == 1 ? NAME : NAME + "-" + i);
      if (isMade(path)) {
        return new RunFolder(path);
      }
    }
    throw new ConfigException(
        ROOT + " holds " + MOST + " runs; set output.folder to another folder");
  }

  /** Takes back {@link #create} if nothing but the lock was written. */
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
      // The failure that led here is the one to report; an empty folder does no harm.
      return;
    }
  }

  /** The folder of a run that goes on: the named one, or the one whose state was saved last. */
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

  // Making and asking are one call, so that two processes never get the same folder.
  private static boolean isMade(Path path) {
    try {
      Files.createDirectory(path);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  private interface Making {
    void run() throws IOException;
  }

  private static void make(Making making, Path path) {
    try {
      making.run();
    } catch (IOException e) {
      throw unwritable(path, e);
    }
  }

  private static ConfigException unwritable(Path path, IOException e) {
    return new ConfigException(
        "cannot make the run folder "
            + path
            + " ("
            + IoReason.of(e)
            + "); set output.folder to another folder",
        e);
  }
}
