package dev.fovea.pack;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.source.PackFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of a pack while it is made: knows which shards are complete.
 *
 * <p>Until the pack is whole, {@code pack-unfinished.json} stands in place of {@code pack.json} and
 * lists the shards made so far. Every file appears under its name only when it is complete. The
 * folder is locked against a second process.
 */
final class PackFolder implements AutoCloseable {
  private static final String ELSEWHERE = "name another folder";

  private final Path folder;
  private final PackRecord plan;
  private final RunLock lock;
  private final Map<String, PackRecord.ShardRecord> known = new HashMap<>();
  private boolean complete;

  private PackFolder(Path folder, PackRecord plan, RunLock lock) {
    this.folder = folder;
    this.plan = plan;
    this.lock = lock;
  }

  /**
   * Opens a folder for a pack: a new or empty one, or one that holds the same pack, whole or not.
   *
   * @param plan the record without shards
   * @throws DataException if the folder holds anything else, or a pack of other data or settings
   * @throws CheckpointException if another process is packing there, or it cannot be written
   */
  static PackFolder open(Path folder, PackRecord plan, List<String> classes) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new DataException(
          folder
              + " is a file; expected a new or empty folder, or an unfinished pack to go on with; "
              + ELSEWHERE);
    }
    try {
      Files.createDirectories(folder);
      if (!holds(folder, PackFiles.RECORD) && !holds(folder, PackFiles.UNFINISHED)) {
        checkEmpty(folder);
      }
    } catch (IOException e) {
      throw new DataException(
          "cannot make the folder "
              + folder
              + ": "
              + IoReason.of(e)
              + "; expected a folder that can be written; check its permissions or "
              + ELSEWHERE,
          e);
    }
    PackFolder opened = new PackFolder(folder, plan, RunLock.take(folder, ELSEWHERE));
    try {
      opened.begin(classes);
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private static boolean holds(Path folder, String name) {
    return Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  private static void checkEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      Optional<Path> first =
          files.filter(f -> !String.valueOf(f.getFileName()).startsWith(".")).sorted().findFirst();
      if (first.isPresent()) {
        throw new DataException(
            folder
                + " holds other files ("
                + first.get().getFileName()
                + "); expected a new or empty folder, or an unfinished pack to go on with; "
                + ELSEWHERE);
      }
    }
  }

  private void begin(List<String> classes) {
    complete = holds(folder, PackFiles.RECORD);
    if (complete || holds(folder, PackFiles.UNFINISHED)) {
      PackRecord before = read(folder.resolve(complete ? PackFiles.RECORD : PackFiles.UNFINISHED));
      List<String> differences = before.differences(plan);
      if (!differences.isEmpty()) {
        throw new DataException(
            folder
                + " holds "
                + (complete ? "a pack" : "an unfinished pack")
                + " that was made otherwise: "
                + String.join("; ", differences)
                + "; expected the same data and settings to go on with; "
                + ELSEWHERE);
      }
      before.shards().forEach(s -> known.put(s.file(), s));
    } else {
      write(PackFiles.UNFINISHED, JsonTree.pretty(RecordTree.of(plan)));
    }
    String names = String.join("\n", classes) + "\n";
    if (!names.equals(text(folder.resolve(PackFiles.CLASSES)))) {
      write(PackFiles.CLASSES, names);
    }
  }

  private static PackRecord read(Path file) {
    try {
      return RecordTree.read(
          PackRecord.class, JsonTree.parse(Files.readString(file), "the record"), "the record");
    } catch (IOException | CheckpointException e) {
      throw new DataException(
          file
              + " cannot be used: "
              + (e instanceof IOException io ? IoReason.of(io) : e.getMessage())
              + "; expected the record of a pack; remove the folder or "
              + ELSEWHERE,
          e);
    }
  }

  /** The content of a file, or nothing if it cannot be read. */
  private static String text(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      // It is written anew, which fails by itself if the folder is at fault.
      return "";
    }
  }

  private void write(String name, String text) {
    AtomicFile.write(folder.resolve(name), text);
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** The shards that are listed as complete. */
  int made() {
    return known.size();
  }

  /**
   * The record of a shard that is complete and unharmed.
   *
   * @param first the place in the order at which it has to begin
   */
  Optional<PackRecord.ShardRecord> unharmed(String name, int first) throws IOException {
    PackRecord.ShardRecord shard = known.get(name);
    Path file = file(name);
    if (shard == null
        || shard.first() != first
        || !Files.isRegularFile(file)
        || Files.size(file) != shard.bytes()
        || !Checksums.of(file).equals(shard.sha256())) {
      return Optional.empty();
    }
    return Optional.of(shard);
  }

  /** Says that a shard is about to be written: from here on the pack is unfinished. */
  void reopen() throws IOException {
    if (complete) {
      writeUnfinished();
      Files.delete(file(PackFiles.RECORD));
      complete = false;
    }
  }

  /** Lists a shard as complete. */
  void add(PackRecord.ShardRecord shard) {
    known.put(shard.file(), shard);
    writeUnfinished();
  }

  private void writeUnfinished() {
    List<PackRecord.SplitRecord> splits = new ArrayList<>();
    for (PackRecord.SplitRecord split : plan.splits()) {
      splits.add(
          split.with(
              known.values().stream()
                  .filter(s -> s.file().startsWith(split.name() + "-"))
                  .sorted((a, b) -> a.file().compareTo(b.file()))
                  .toList()));
    }
    write(PackFiles.UNFINISHED, JsonTree.pretty(RecordTree.of(plan.with(splits))));
  }

  /** Makes the pack a whole one. */
  void finish(PackRecord record) throws IOException {
    if (!complete) {
      write(PackFiles.RECORD, JsonTree.pretty(RecordTree.of(record)));
      complete = true;
    }
    Files.deleteIfExists(file(PackFiles.UNFINISHED));
    // Whoever takes the lock of the removed file finds a whole pack, and writes nothing.
    Files.deleteIfExists(file(".lock"));
  }

  @Override
  public void close() {
    lock.close();
  }
}
