package dev.fovea.server.model;

import dev.fovea.SharedCores;
import dev.fovea.server.metrics.Exposition;
import dev.fovea.server.metrics.ProcessFigures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The models of a server, which take turns on its cores. Safe for any number of threads. */
public final class ServedModels implements AutoCloseable {
  private final Map<String, ServedModel> models;
  private final Explanations explanations;
  private @Nullable FileWatch watch;
  private boolean closed;

  private ServedModels(Map<String, ServedModel> models, Explanations explanations) {
    this.models = models;
    this.explanations = explanations;
  }

  /**
   * Opens and tests models, one after the other.
   *
   * @throws IllegalArgumentException if there are none, or two have the same name
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   * @throws IllegalStateException if a model fails its test
   */
  public static ServedModels open(List<ModelSource> sources, ServingOptions options) {
    return open(sources, options, new SharedCores());
  }

  static ServedModels open(List<ModelSource> sources, ServingOptions options, SharedCores cores) {
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("a server needs at least one model, got none");
    }
    Map<String, ModelSource> named = named(sources);
    Explanations explanations = new Explanations(options.waitingExplanations());
    ServedModel.Shared shared =
        new ServedModel.Shared(cores, new ReentrantLock(true), explanations);
    Map<String, ServedModel> opened = new LinkedHashMap<>();
    boolean complete = false;
    try {
      for (ModelSource source : named.values()) {
        opened.put(source.name(), opened(source, options, shared));
      }
      complete = true;
      return new ServedModels(opened, explanations);
    } finally {
      if (!complete) {
        opened.values().forEach(ServedModel::close);
      }
    }
  }

  private static ServedModel opened(
      ModelSource source, ServingOptions options, ServedModel.Shared shared) {
    try {
      return ServedModel.open(source, options, shared);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "the model "
              + source.name()
              + " ("
              + source.file()
              + ") cannot be served: "
              + e.getMessage(),
          e);
    }
  }

  /**
   * The sources by their names.
   *
   * @throws IllegalArgumentException if two have the same
   */
  public static Map<String, ModelSource> named(List<ModelSource> sources) {
    Map<String, ModelSource> named = new LinkedHashMap<>();
    for (ModelSource source : sources) {
      ModelSource other = named.putIfAbsent(source.name(), source);
      if (other != null) {
        throw new IllegalArgumentException(
            "two models are called '"
                + source.name()
                + "': "
                + other.path()
                + " and "
                + source.path()
                + "; give one another name: NAME=PATH");
      }
    }
    return named;
  }

  /** The model with this name. */
  public Optional<ServedModel> find(String name) {
    return Optional.ofNullable(models.get(name));
  }

  /** All models, in the order in which they were named. */
  public List<ServedModel> all() {
    return List.copyOf(models.values());
  }

  /** Whether all models answer. */
  public boolean ready() {
    return models.values().stream().allMatch(ServedModel::ready);
  }

  /**
   * Looks at the models' files from now on, and replaces a model when its file has changed and then
   * stayed the same for this time. A file that cannot be used changes nothing; why is logged, and
   * said by {@link ServedModel#lastFailure}.
   *
   * @throws IllegalStateException if this has been called before, or all is closed
   */
  public synchronized void watch(Duration between) {
    if (closed || watch != null) {
      throw new IllegalStateException("files of models are watched once, while models are open");
    }
    watch = FileWatch.start(new ArrayList<>(models.values()), between);
  }

  /** Writes the figures of all models and of the process. */
  public void write(Exposition page) {
    models.values().forEach(model -> model.write(page));
    page.metric(
            "fovea_waiting_explanations",
            Exposition.Kind.GAUGE,
            "Explanations that have not been begun, of all models.")
        .sample(explanations.waiting());
    ProcessFigures.write(page);
  }

  /** Answers all that was asked, then frees threads and memory. Closing again has no effect. */
  @Override
  public synchronized void close() {
    closed = true;
    FileWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    explanations.close();
    models.values().forEach(ServedModel::close);
  }
}
