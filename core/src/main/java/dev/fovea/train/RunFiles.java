package dev.fovea.train;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.checkpoint.StateFile;
import dev.fovea.data.IoReason;
import dev.fovea.program.ParameterSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a run writes to continue from, and the comparison of a resumed run with it. */
record RunFiles(RunFolder folder, RunConfig config, String fingerprint, String backend) {
  private static final String POSITION = "position";
  private static final String HISTORY = "history";
  private static final String CONFIG = "config";
  private static final String DATA = "data";
  private static final String BACKEND = "backend";

  /** What a state file says beside the values of the sets. */
  record Saved(Position position, List<EpochRow> history) {}

  /** Checks that there is room for all files, and writes the configuration. */
  void begin(Map<String, ParameterSet> sets) {
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
          "cannot look at the disk of " + folder.path() + ": " + IoReason.of(e), e);
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

  void save(Position at, List<EpochRow> history, Map<String, ParameterSet> sets) {
    Map<String, Object> rows = Map.of("rows", history.stream().map(RecordTree::of).toList());
    StateFile.write(
        folder.state(),
        Map.of(
            POSITION, JsonTree.compact(RecordTree.of(at)),
            HISTORY, JsonTree.compact(rows),
            CONFIG, config.identity(),
            DATA, fingerprint,
            BACKEND, backend),
        sets);
  }

  /** Where the run in a folder stands. */
  static Position position(RunFolder folder) {
    try (StateFile file = StateFile.open(folder.state())) {
      return position(file, folder.state().toString());
    }
  }

  private static Position position(StateFile file, String where) {
    return RecordTree.read(Position.class, JsonTree.parse(file.text(POSITION), where), where);
  }

  /** Compares the state with this run and copies it into {@code sets}. */
  Saved load(Map<String, ParameterSet> sets) {
    try (StateFile file = StateFile.open(folder.state())) {
      requireSameData(file);
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
        history.add(RecordTree.read(EpochRow.class, asTree(row, where), where));
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
   * Refuses to resume with settings or an engine other than the saved run's, before any time is
   * spent.
   */
  static void requireSameSettings(RunFolder folder, RunConfig config, String backend) {
    try (StateFile file = StateFile.open(folder.state())) {
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
  }

  private void requireSameData(StateFile file) {
    if (!fingerprint.equals(file.text(DATA))) {
      throw new ConfigException(
          "the data of the run in "
              + folder.path()
              + " has changed: "
              + config.data().source()
              + " holds other pictures or classes than when the run was started. Restore it, or"
              + " start a new run");
    }
  }
}
