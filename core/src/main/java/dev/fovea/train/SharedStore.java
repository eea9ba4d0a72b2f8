package dev.fovea.train;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.program.ParameterSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The files of a run on one or several ranks: only rank 0 has them; the others are given their
 * contents. Whatever fails on rank 0 fails on all.
 */
final class SharedStore implements AutoCloseable {
  private final Optional<RunStore> files;
  private final RunFolder folder;
  private final Ranks ranks;

  private SharedStore(Optional<RunStore> files, RunFolder folder, Ranks ranks) {
    this.files = files;
    this.folder = folder;
    this.ranks = ranks;
  }

  /**
   * Creates, or finds, and locks the folder on rank 0.
   *
   * @param output of rank 0
   */
  static SharedStore open(RunConfig.Output output, Ranks ranks) {
    Optional<RunStore> files =
        ranks.leads() ? Optional.of(RunStore.open(output)) : Optional.empty();
    try {
      String path = ranks.textOfFirst(() -> files.orElseThrow().folder().path().toString());
      return new SharedStore(files, new RunFolder(Path.of(path)), ranks);
    } catch (RuntimeException | Error e) {
      files.ifPresent(RunStore::abandon);
      throw e;
    }
  }

  /** The run folder on the machine of rank 0. */
  RunFolder folder() {
    return files.map(RunStore::folder).orElse(folder);
  }

  /** Returns {@code config} with the folder as its output. */
  RunConfig withFolder(RunConfig config) {
    return files.map(f -> f.withFolder(config)).orElse(config);
  }

  /** As {@link RunStore#position}. */
  Position position(RunConfig config, String backend) {
    return Position.of(
        ranks.textOfFirst(() -> files.orElseThrow().position(config, backend).toJson()), "rank 0");
  }

  /** Writes the configuration of a new run, and gives its initial parameters to all ranks. */
  void begin(RunConfig config, Map<String, ParameterSet> sets) {
    ranks.first(() -> files.orElseThrow().begin(config, sets));
    SharedSets.spread(sets, ranks);
  }

  /** Copies the saved state into the sets of all ranks. */
  RunStore.Saved load(TrainingSetup setup, Map<String, ParameterSet> sets) {
    String saved = ranks.textOfFirst(() -> files.orElseThrow().load(setup, sets).toJson());
    SharedSets.spread(sets, ranks);
    return RunStore.Saved.of(saved, folder.state().toString());
  }

  /**
   * As {@link SharedSets#requireSame}, before a file is replaced.
   *
   * @param step the last completed step
   */
  void requireSame(Map<String, ParameterSet> sets, long step) {
    SharedSets.requireSame(sets, step, ranks);
  }

  /** Replaces the state file. */
  void save(
      TrainingSetup setup, Position at, List<EpochRow> history, Map<String, ParameterSet> sets) {
    ranks.first(() -> files.orElseThrow().save(setup, at, history, sets));
  }

  /** Replaces the model file. */
  void writeModel(ModelCard card, ParameterSet weights) {
    ranks.first(() -> files.orElseThrow().writeModel(card, weights));
  }

  /** Closes the store of a run that failed to start, and removes its folder if it is new. */
  void abandon() {
    files.ifPresent(RunStore::abandon);
  }

  /** Releases the folder lock; idempotent. */
  @Override
  public void close() {
    files.ifPresent(RunStore::close);
  }
}
