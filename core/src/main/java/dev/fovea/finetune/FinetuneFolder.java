package dev.fovea.finetune;

import dev.fovea.data.image.IoReason;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunFolder;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of a fine-tuning. What is there says how far it has come: each file is complete or
 * absent.
 */
public record FinetuneFolder(Path path) {
  private static final String NAME = "finetune";
  private static final int MOST = 100_000;

  /** Returns the settings of the fine-tuning. */
  public Path plan() {
    return path.resolve("finetune.json");
  }

  /** Returns the best network so far. */
  public Path model() {
    return path.resolve("model.safetensors");
  }

  /** Returns the folder of the second stage, which is that of a run of its own. */
  public RunFolder training() {
    return new RunFolder(path.resolve("training"));
  }

  Path source() {
    return path.resolve("source.safetensors");
  }

  /** The SHA-256 of the file that {@link #source} was made of. */
  Path origin() {
    return path.resolve("source.sha256");
  }

  /** The network that the second stage begins with. */
  Path start() {
    return path.resolve("start.safetensors");
  }

  /** What the first stage found. */
  Path head() {
    return path.resolve("head.json");
  }

  Path features(String part, int number) {
    return path.resolve("features").resolve(part + "-" + number + ".safetensors");
  }

  /** Whether a fine-tuning has begun here. */
  public boolean holdsRun() {
    return Files.exists(plan());
  }

  FinetuneConfig config() {
    if (!holdsRun()) {
      throw new ConfigException(
          "the folder "
              + path
              + " holds no fine-tuning (finetune.json is missing); check output.folder");
    }
    return FinetuneConfig.parse(text(plan()), plan().toString());
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException("cannot read " + file + ": " + IoReason.of(e), e);
    }
  }

  /** Returns the fine-tuning under {@link RunFolder#ROOT} that was begun last. */
  public static Optional<FinetuneFolder> latest() {
    if (!Files.isDirectory(RunFolder.ROOT)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(RunFolder.ROOT)) {
      return folders
          .map(FinetuneFolder::new)
          .filter(FinetuneFolder::holdsRun)
          .max(Comparator.comparing(f -> f.plan().toFile().lastModified()));
    } catch (IOException e) {
      throw new ConfigException(
          "cannot list the runs in "
              + RunFolder.ROOT
              + ": "
              + IoReason.of(e)
              + "; set output.folder",
          e);
    }
  }

  /**
   * A folder that a fine-tuning opens.
   *
   * @param made what was not there before, files before the folders that they are in
   */
  record Opened(FinetuneFolder folder, List<Path> made) {
    /** Copies the list. */
    Opened {
      made = List.copyOf(made);
    }

    /** Removes what a fine-tuning made that failed before it had read its trunk. */
    void removeIfUnused() {
      if (Files.exists(folder.source()) || new RunFolder(folder.path).holdsRun()) {
        return;
      }
      try {
        for (Path file : made) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        // The failure that led here is the one to report; a leftover folder does no harm.
        return;
      }
    }
  }

  private List<Path> own() {
    return List.of(plan(), origin(), path.resolve("features"), path.resolve(".lock"), path);
  }

  /** Opens the folder of a fine-tuning that has begun. */
  static Opened existing(String named) {
    return new Opened(new FinetuneFolder(Path.of(named)), List.of());
  }

  /** Opens the named folder, or creates the next free one of {@code runs/finetune}. */
  static Opened open(String named) {
    try {
      return named.isEmpty() ? next() : named(new FinetuneFolder(Path.of(named)));
    } catch (IOException e) {
      throw new ConfigException(
          "cannot create the folder "
              + (named.isEmpty() ? RunFolder.ROOT.resolve(NAME).toString() : named)
              + " ("
              + IoReason.of(e)
              + "); set output.folder to another folder",
          e);
    }
  }

  private static Opened named(FinetuneFolder folder) throws IOException {
    if (new RunFolder(folder.path).holdsRun() && !folder.holdsRun()) {
      throw new ConfigException(
          "the folder "
              + folder.path
              + " already holds another run; set output.folder to another folder");
    }
    List<Path> absent = folder.own().stream().filter(file -> !Files.exists(file)).toList();
    Files.createDirectories(folder.path.resolve("features"));
    return new Opened(folder, absent);
  }

  private static Opened next() throws IOException {
    Files.createDirectories(RunFolder.ROOT);
    for (int i = 1; i < MOST; i++) {
      Path path = RunFolder.ROOT.resolve(i == 1 ? NAME : NAME + "-" + i);
      if (isNew(path)) {
        Files.createDirectories(path.resolve("features"));
        FinetuneFolder folder = new FinetuneFolder(path);
        return new Opened(folder, folder.own());
      }
    }
    throw new ConfigException(
        RunFolder.ROOT + " holds " + MOST + " runs; set output.folder to another folder");
  }

  private static boolean isNew(Path path) throws IOException {
    try {
      Files.createDirectory(path);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }
}
