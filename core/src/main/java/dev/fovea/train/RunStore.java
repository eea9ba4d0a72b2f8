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

/**
 * The files of one run: its folder, which this process alone may write to while the store is open,
 * and in it the configuration, the state and the best model.
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
   * Makes the folder of a new run or finds the one that is resumed, and locks it.
   *
   * @throws ConfigException if a new run's folder holds one already, or a resumed one's does not
   * @throws CheckpointException if another process works in it
   */
  static RunStore open(RunConfig.Output output) {
    RunFolder folder =
        output.resume() ? RunFolder.existing(output.folder()) : RunFolder.create(output.folder());
    return new RunStore(folder, RunLock.take(folder.path()), output.resume());
  }

  RunFolder folder() {
    return folder;
  }

  /** Whether the folder held a run when it was opened. */
  boolean resumes() {
    return resumes;
  }

  /** {@code config} with this folder. */
  RunConfig writingHere(RunConfig config) {
    return config.with(config.output().into(folder.path().toString(), resumes));
  }

  /** What a state file says beside the values of the sets. */
  record Saved(Position position, List<EpochRow> history) {

    /**
     * What the user should know of a state of Fovea 0.1 before epochs without an evaluation had
     * rows: the sums of the epoch that it lies in are those since the last evaluation.
     */
    Optional<String> severalEpochs(int batch) {
      if (position.sums().images() <= (long) position.batch() * batch) {
        return Optional.empty();
      }
      int evaluated = history.isEmpty() ? 0 : history.get(history.size() - 1).epoch();
      return Optional.of(
          "the state was saved by an earlier Fovea: training loss and accuracy of epoch "
              + (position.epoch() + 1)
              + " are means over the epochs from "
              + (evaluated + 1)
              + " on");
    }
  }

  // An epoch as the state file keeps it; val is empty where there was no evaluation.
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

  /** Checks that there is room for all files of a new run, and writes its configuration. */
  void begin(RunConfig config, Map<String, ParameterSet> sets) {
    // The state twice, as the old one stays until the new one is whole; likewise the model.
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
                + " are free; free some space, or set output.folder to a place on another disk");
      }
    } catch (IOException e) {
      throw new ConfigException(
          "cannot look at the disk of " + folder.path() + ": " + e.getMessage(), e);
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

  /** Replaces the state. */
  void save(
      TrainingSetup setup, Position at, List<EpochRow> history, Map<String, ParameterSet> sets) {
    Map<String, Object> rows =
        Map.of("rows", history.stream().map(r -> RecordTree.of(Row.of(r))).toList());
    StateFile.write(
        folder.state(),
        Map.of(
            POSITION, JsonTree.compact(RecordTree.of(at)),
            HISTORY, JsonTree.compact(rows),
            CONFIG, setup.config().identity(),
            DATA, setup.data().fingerprint(),
            BACKEND, setup.backend().name()),
        sets);
  }

  private static Position position(StateFile file, String where) {
    Position at =
        RecordTree.read(Position.class, JsonTree.parse(file.text(POSITION), where), where);
    // An earlier Fovea summed up over several epochs; between two of them that is undone.
    return at.batch() == 0 ? at.withoutSums() : at;
  }

  /** Replaces the model. */
  void writeModel(ModelCard card, ParameterSet weights) {
    ModelFile.write(folder.model(), card, weights);
  }

  /** Compares the state's data with this run's and copies the state into {@code sets}. */
  Saved load(TrainingSetup setup, Map<String, ParameterSet> sets) {
    try (StateFile file = StateFile.open(folder.state())) {
      requireSameData(setup, file);
      file.loadInto(sets);
      String where = folder.state().toString();
      Position position = position(file, where);
      Saved saved = new Saved(position, history(file, where));
      if (position.bestEpoch() > 0 && !Files.exists(folder.model())) {
        throw new ConfigException(
            folder.model()
                + " is missing, and with it the weights of the best epoch so far ("
                + position.bestEpoch()
                + "); put it back, or start a new run");
      }
      return saved;
    }
  }

  private static List<EpochRow> history(StateFile file, String where) {
    List<EpochRow> history = new ArrayList<>();
    if (JsonTree.parse(file.text(HISTORY), where).get("rows") instanceof List<?> rows) {
      for (Object row : rows) {
        history.add(RecordTree.read(Row.class, asTree(row, where), where).row(where));
      }
    }
    return history;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asTree(Object row, String where) {
    if (row instanceof Map<?, ?>) {
      return (Map<String, Object>) row;
    }
    throw new CheckpointException(where + ": the history is damaged");
  }

  /**
   * Where the run stands, which must have these settings and this engine if it is resumed; asked
   * before any time is spent.
   *
   * @throws ConfigException naming what is different
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
        RunConfig.parse(file.text(CONFIG), folder.state().toString()).settings();
    Map<String, String> now = config.settings();
    List<String> changes = new ArrayList<>();
    Set<String> keys = new TreeSet<>(now.keySet());
    keys.addAll(then.keySet());
    for (String key : keys) {
      // Where the data lies may change; what it is is compared by its fingerprint.
      boolean compared = !key.startsWith("output.") && !key.equals("data.source");
      String value = now.getOrDefault(key, "");
      String old = then.getOrDefault(key, "");
      if (compared && !value.equals(old)) {
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
              + ". Resume it without them, or start a new run");
    }
  }

  private void requireSameData(TrainingSetup setup, StateFile file) {
    if (!setup.data().fingerprint().equals(file.text(DATA))) {
      throw new ConfigException(
          "the data of the run in "
              + folder.path()
              + " has changed: "
              + setup.config().data().source()
              + " holds other images or classes than when the run was started. Restore it, or"
              + " start a new run");
    }
  }

  /** Closes the store of a run that could not begin, and takes back its folder if it is new. */
  void abandon() {
    close();
    if (!resumes) {
      folder.removeIfUnused();
    }
  }

  /** Releases the folder; harmless when repeated. */
  @Override
  public void close() {
    lock.close();
  }
}
