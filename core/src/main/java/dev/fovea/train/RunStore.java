package dev.fovea.train;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.checkpoint.RunLock;
import dev.fovea.checkpoint.StateFile;
import dev.fovea.program.ParameterSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The files of one run: configuration, state and best model in its folder. While the store is open,
 * the folder is locked for this process.
 */
final class RunStore implements AutoCloseable {
  private static final String POSITION = "position";
  private static final String HISTORY = "history";
  private static final String CONFIG = "config";
  private static final String DATA = "data";
  private static final String BACKEND = "backend";

  private final RunFolder folder;
  private final RunLock lock;
  private final boolean resumes;

  private RunStore(RunFolder folder, RunLock lock, boolean resumes) {
    this.folder = folder;
    this.lock = lock;
    this.resumes = resumes;
  }

  /**
   * Creates the folder of a new run or finds that of a run to resume, and locks it.
   *
   * @throws ConfigException if the folder of a new run already holds one, or that of a resumed run
   *     holds none
   * @throws CheckpointException if another process has locked it
   */
  static RunStore open(RunConfig.Output output) {
    RunFolder folder =
        output.resume() ? RunFolder.existing(output.folder()) : RunFolder.create(output.folder());
    return new RunStore(folder, RunLock.take(folder.path()), output.resume());
  }

  RunFolder folder() {
    return folder;
  }

  /** Whether this store resumes a run. */
  boolean resumes() {
    return resumes;
  }

  /** Returns {@code config} with this folder as its output. */
  RunConfig withFolder(RunConfig config) {
    return config.with(config.output().into(folder.path().toString(), resumes));
  }

  /** The contents of a state file other than the parameter sets. */
  record Saved(Position position, List<EpochRow> history) {

    /** Returns it as text, for other ranks. */
    String toJson() {
      return JsonTree.compact(Map.of(POSITION, RecordTree.of(position), HISTORY, rows(history)));
    }

    /** Reads what {@link #toJson} wrote. */
    static Saved of(String json, String where) {
      Map<String, Object> tree = JsonTree.parse(json, where);
      return new Saved(
          RecordTree.read(Position.class, asTree(tree.get(POSITION), where), where),
          RunStore.history(asTree(tree.get(HISTORY), where), where));
    }

    /**
     * Returns a note for states written before Fovea recorded epochs without an evaluation: their
     * sums cover all epochs since the last evaluation.
     */
    Optional<String> multiEpochNote(int batch) {
      if (position.sums().images() <= (long) position.batch() * batch) {
        return Optional.empty();
      }
      int evaluated = history.isEmpty() ? 0 : history.get(history.size() - 1).epoch();
      return Optional.of(
          "the state was saved by an earlier version of Fovea: training loss and accuracy of"
              + " epoch "
              + (position.epoch() + 1)
              + " are means over all epochs from "
              + (evaluated + 1)
              + " on");
    }
  }

  // An epoch as stored in the state file; val is empty if the epoch was not evaluated.
  private record Row(
      int epoch,
      long step,
      EpochRow.Training train,
      Map<String, Double> val,
      double rate,
      double seconds) {

    static Row of(EpochRow row) {
      Map<String, Double> val =
          row.val()
              .map(v -> Map.of("loss", v.loss(), "top1", v.top1(), "top5", v.top5()))
              .orElse(Map.of());
      return new Row(row.epoch(), row.step(), row.train(), val, row.rate(), row.seconds());
    }

    EpochRow row(String where) {
      return new EpochRow(epoch, step, train, validation(where), rate, seconds);
    }

    private Optional<EpochRow.Validation> validation(String where) {
      Double loss = val.get("loss");
      Double top1 = val.get("top1");
      Double top5 = val.get("top5");
      if (loss != null && top1 != null && top5 != null) {
        return Optional.of(new EpochRow.Validation(loss, top1, top5));
      } else if (val.isEmpty()) {
        return Optional.empty();
      }
      throw new CheckpointException(where + ": the history is damaged");
    }
  }

  /** Checks that the disk has room for all files of a new run, and writes its configuration. */
  void begin(RunConfig config, Map<String, ParameterSet> sets) {
    // State and model count twice, because the old file stays until the new one is complete.
    long needed =
        2 * StateFile.bytes(sets.values()) + 2 * StateFile.bytes(List.of(sets.get("weights")));
    try {
      long free = Files.getFileStore(folder.path()).getUsableSpace();
      if (free < needed) {
        throw new ConfigException(
            "the run needs "
                + needed
                + " bytes in "
                + folder.path()
                + ", "
                + free
                + " are free; free some space, or set output.folder to a folder on another disk");
      }
    } catch (IOException e) {
      throw new ConfigException(
          "cannot determine the free space of " + folder.path() + ": " + e.getMessage(), e);
    }
    ByteBuffer text = StandardCharsets.UTF_8.encode(config.toJson());
    AtomicFile.write(
        folder.config(),
        text.remaining(),
        channel -> {
          while (text.hasRemaining()) {
            channel.write(text);
          }
        });
  }

  /** Replaces the state file. */
  void save(
      TrainingSetup setup, Position at, List<EpochRow> history, Map<String, ParameterSet> sets) {
    StateFile.write(
        folder.state(),
        Map.of(
            POSITION, JsonTree.compact(RecordTree.of(at)),
            HISTORY, JsonTree.compact(rows(history)),
            CONFIG, setup.config().identity(),
            DATA, setup.data().fingerprint(),
            BACKEND, setup.backend().name()),
        sets);
  }

  private static Map<String, Object> rows(List<EpochRow> history) {
    return Map.of("rows", history.stream().map(r -> RecordTree.of(Row.of(r))).toList());
  }

  private static Position position(StateFile file, String where) {
    Position at =
        RecordTree.read(Position.class, JsonTree.parse(file.text(POSITION), where), where);
    // Earlier versions summed over several epochs; between epochs the sums start from zero.
    return at.batch() == 0 ? at.withoutSums() : at;
  }

  /** Replaces the model file. */
  void writeModel(ModelCard card, ParameterSet weights) {
    ModelFile.write(folder.model(), card, weights);
  }

  /** Checks that the saved state belongs to the same data and copies it into {@code sets}. */
  Saved load(TrainingSetup setup, Map<String, ParameterSet> sets) {
    try (StateFile file = StateFile.open(folder.state())) {
      requireSameData(setup, file);
      file.loadInto(sets);
      String where = folder.state().toString();
      Position position = position(file, where);
      Saved saved = new Saved(position, history(JsonTree.parse(file.text(HISTORY), where), where));
      if (position.bestEpoch() > 0 && !Files.exists(folder.model())) {
        throw new ConfigException(
            folder.model()
                + " is missing; it holds the weights of the best epoch so far ("
                + position.bestEpoch()
                + "). Restore the file, or start a new run");
      }
      return saved;
    }
  }

  private static List<EpochRow> history(Map<String, ?> tree, String where) {
    List<EpochRow> history = new ArrayList<>();
    if (tree.get("rows") instanceof List<?> rows) {
      for (Object row : rows) {
        history.add(RecordTree.read(Row.class, asTree(row, where), where).row(where));
      }
    }
    return history;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asTree(@Nullable Object value, String where) {
    if (value instanceof Map<?, ?>) {
      return (Map<String, Object>) value;
    }
    throw new CheckpointException(where + ": the history is damaged");
  }

  /**
   * Returns the position to start or resume from; cheap, so that mismatches are reported early.
   *
   * @throws ConfigException if the saved run had other settings or another engine, naming the
   *     differences
   */
  Position position(RunConfig config, String backend) {
    if (!resumes) {
      return Position.START;
    }
    try (StateFile file = StateFile.open(folder.state())) {
      requireSameSettings(file, config, backend);
      return position(file, folder.state().toString());
    }
  }

  private void requireSameSettings(StateFile file, RunConfig config, String backend) {
    Map<String, String> then =
        RunConfig.stored(file.text(CONFIG), folder.state().toString()).settings();
    Map<String, String> now = config.settings();
    List<String> changes = new ArrayList<>();
    Set<String> keys = new TreeSet<>(now.keySet());
    keys.addAll(then.keySet());
    for (String key : keys) {
      String value = now.getOrDefault(key, "");
      String old = then.getOrDefault(key, "");
      if (Agreement.covers(key) && !value.equals(old)) {
        changes.add(key + " is '" + value + "', was '" + old + "'");
      }
    }
    if (!backend.equals(file.text(BACKEND))) {
      changes.add("the engine is '" + backend + "', was '" + file.text(BACKEND) + "'");
    }
    if (!changes.isEmpty()) {
      throw new ConfigException(
          "the run in "
              + folder.path()
              + " was started with other settings: "
              + String.join("; ", changes)
              + ". Resume it with the original settings, or start a new run");
    }
  }

  private void requireSameData(TrainingSetup setup, StateFile file) {
    if (!setup.data().fingerprint().equals(file.text(DATA))) {
      throw new ConfigException(
          "the data of the run in "
              + folder.path()
              + " has changed: "
              + setup.config().data().source()
              + " holds other images or classes than when the run was started. Restore the data,"
              + " or start a new run");
    }
  }

  /** Closes the store of a run that failed to start, and removes its folder if it is new. */
  void abandon() {
    close();
    if (!resumes) {
      folder.removeIfUnused();
    }
  }

  /** Releases the folder lock; idempotent. */
  @Override
  public void close() {
    lock.close();
  }
}
