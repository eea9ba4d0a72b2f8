package dev.fovea.train;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The training and validation images of a run. Owns both data sets. */
final class TrainingData implements AutoCloseable {
  private final Dataset train;
  private final Dataset val;
  private final String fingerprint;

  private TrainingData(Dataset train, Dataset val) {
    this.train = train;
    this.val = Datasets.withClasses(val, train.classes());
    this.fingerprint = train.fingerprint() + "+" + this.val.fingerprint();
  }

  /**
   * Opens both parts.
   *
   * @throws DataException if they cannot be read or do not belong together
   * @throws ConfigException if they have too few images for the configuration
   */
  static TrainingData open(RunConfig config, Additions additions) {
    Dataset train = RunData.open(config, Split.TRAIN, additions);
    try {
      check(config, train);
      Dataset val = RunData.open(config, Split.VAL, additions);
      try {
        return new TrainingData(train, val);
      } catch (RuntimeException | Error e) {
        val.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      train.close();
      throw e;
    }
  }

  private static void check(RunConfig config, Dataset train) {
    if (train.classes().size() < 2) {
      throw new DataException(
          train.description()
              + " has only one class, "
              + train.classes()
              + "; expected at least two");
    }
    int batch = config.learning().batch();
    int parts = config.learning().update().accumulate();
    if (train.size() < (long) batch * parts) {
      throw new ConfigException(
          "learning.batch is "
              + batch
              + (parts > 1 ? " times " + parts : "")
              + ", but "
              + train.description()
              + " has only "
              + train.size()
              + " images; lower learning.batch");
    }
  }

  Dataset train() {
    return train;
  }

  Dataset val() {
    return val;
  }

  List<String> classes() {
    return train.classes();
  }

  /** Returns notes for the user on how the data was interpreted. */
  List<String> notes() {
    Set<String> notes = new LinkedHashSet<>(train.notes());
    notes.addAll(val.notes());
    if (!train.ignored().isEmpty()) {
      notes.add(
          IgnoredFile.summary(train.ignored())
              + "; for example "
              + train.ignored().get(0)
              + ". A data check lists all");
    }
    return List.copyOf(notes);
  }

  /** Identifies images and classes; a resumed run must have the same fingerprint. */
  String fingerprint() {
    return fingerprint;
  }

  /** Closes both data sets; idempotent. */
  @Override
  public void close() {
    val.close();
    train.close();
  }
}
