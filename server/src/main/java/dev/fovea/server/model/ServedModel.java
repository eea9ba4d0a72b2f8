package dev.fovea.server.model;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import dev.fovea.InferenceRequest;
import dev.fovea.InferenceResponse;
import dev.fovea.SharedCores;
import dev.fovea.server.metrics.Exposition;
import dev.fovea.server.metrics.Exposition.Kind;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A model under a name, whose file may be replaced while it answers. Safe for any number of
 * threads.
 */
public final class ServedModel {
  private final ModelSource source;
  private final ServingOptions options;
  private final Shared shared;
  private final ModelFigures figures;
  // Whoever asks holds the first, for as long as it takes to be queued, so that nobody asks a
  // generation that is being closed.
  private final ReadWriteLock asking = new ReentrantReadWriteLock();
  private Generation current;
  private int versions = 1;
  private volatile boolean closed;
  private volatile @Nullable String lastFailure;

  /**
   * What the models of a server have in common.
   *
   * @param cores on which they take turns
   * @param swapping held while a second generation of any model is open
   * @param explanations of all models
   */
  record Shared(SharedCores cores, Lock swapping, Explanations explanations) {}

  private ServedModel(
      ModelSource source, ServingOptions options, Shared shared, ModelFigures figures) {
    this.source = source;
    this.options = options;
    this.shared = shared;
    this.figures = figures;
    this.current = open(1);
  }

  /** Opens and tests a model. */
  static ServedModel open(ModelSource source, ServingOptions options, Shared shared) {
    return new ServedModel(source, options, shared, new ModelFigures());
  }

  private Generation open(int version) {
    return Generation.open(
        new Generation.Source(source.file(), shared.cores),
        Integer.toString(version),
        options,
        figures);
  }

  private static System.Logger log() {
    return System.getLogger(ServedModel.class.getName());
  }

  /** What it is called in URLs. */
  public String name() {
    return source.name();
  }

  /** What answers now. */
  public ModelDescription description() {
    return generation().description();
  }

  /** The version that answers now: 1, and one more after every replacement. */
  public String version() {
    return description().version();
  }

  /** The network's name, for example {@code resnet50}. */
  public String network() {
    return description().network();
  }

  /** The names of the classes, in the order of the logits. */
  public List<String> classes() {
    return description().classes();
  }

  /** The shape of one image, (C, H, W). */
  public Shape inputShape() {
    return description().input();
  }

  /** Whether it answers: it is not closed, and no fault has ended what computes. */
  public boolean ready() {
    return !closed && generation().isSound();
  }

  /** Why the last replacement failed; empty if none did, or one succeeded since. */
  public Optional<String> lastFailure() {
    return Optional.ofNullable(lastFailure);
  }

  /** The number of images that have no answer yet. */
  public int waiting() {
    return generation().waiting();
  }

  /** What it has done, over all its versions. */
  public ModelStatistics statistics() {
    return figures.read();
  }

  Generation generation() {
    asking.readLock().lock();
    try {
      return current;
    } finally {
      asking.readLock().unlock();
    }
  }

  /**
   * Asks about an image.
   *
   * @return completes or fails as {@link dev.fovea.Classifier#infer(InferenceRequest)} says, on the
   *     same threads; cancelling it takes the image back
   */
  public CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
    return infer(List.of(request)).answers().get(0);
  }

  /**
   * Asks about the images of one request, which one version answers; they are admitted together or
   * not at all, and each fails alone otherwise.
   */
  public ServedInference infer(List<InferenceRequest> requests) {
    asking.readLock().lock();
    try {
      return new ServedInference(current.description(), current.infer(requests));
    } finally {
      asking.readLock().unlock();
    }
  }

  /**
   * Asks why it answers what it answers. Explanations are computed one at a time for all models,
   * and take turns with the images that are classified.
   *
   * @return fails with a {@link java.util.concurrent.RejectedExecutionException} at once if too
   *     many wait, with a {@link java.util.concurrent.TimeoutException} when its time has passed,
   *     with an {@link IllegalArgumentException} if there is no such method or class, with a {@link
   *     dev.fovea.data.image.DataException} if the image cannot be read, and as {@link
   *     dev.fovea.Explainer#explain} does; cancelling it ends the work before the next step
   */
  public CompletableFuture<ServedExplanation> explain(ExplanationRequest request) {
    long start = System.nanoTime();
    CompletableFuture<ServedExplanation> asked =
        shared.explanations.ask(stops -> explained(request, stops), request.limit());
    // What is counted must be so before the caller hears of the answer.
    CompletableFuture<ServedExplanation> result = new CompletableFuture<>();
    CompletableFuture<?> unused =
        asked.whenComplete(
            (explanation, failure) -> {
              figures.explained(failure, System.nanoTime() - start);
              if (failure == null) {
                result.complete(explanation);
              } else {
                result.completeExceptionally(failure);
              }
            });
    CompletableFuture<?> unusedToo = result.whenComplete((e, failure) -> asked.cancel(false));
    return result;
  }

  private ServedExplanation explained(ExplanationRequest request, BooleanSupplier stops) {
    while (true) {
      // Empty if it was replaced since.
      Optional<ServedExplanation> found = generation().explain(request, stops);
      if (found.isPresent()) {
        return found.get();
      } else if (closed) {
        throw new IllegalStateException("the model " + name() + " is closed");
      }
    }
  }

  /**
   * Opens and tests what is in the file now, lets it answer from now on, and closes what answered
   * before, once that has answered all that it was asked. Takes as long as that takes; other
   * replacements, also of other models, wait meanwhile.
   *
   * @return the new version
   * @throws SwapException if that fails; then nothing has changed
   */
  public String reload() {
    shared.swapping.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the model " + name() + " is closed");
      }
      Generation next = tested();
      Generation old = replaced(next);
      versions++;
      lastFailure = null;
      figures.swapped();
      tell(old.description(), next.description());
      old.close();
      return next.description().version();
    } finally {
      shared.swapping.unlock();
    }
  }

  private Generation tested() {
    try {
      return open(versions + 1);
    } catch (RuntimeException | OutOfMemoryError e) {
      String why =
          "the model "
              + name()
              + " was not replaced, its version "
              + version()
              + " goes on answering: "
              + reason(e);
      figures.swapFailed();
      log().log(WARNING, why);
      lastFailure = withoutFolders(why);
      throw new SwapException(lastFailure, e);
    }
  }

  // Clients read it too, and need not know where the server keeps its files.
  private String withoutFolders(String why) {
    String text = why;
    for (Path path : List.of(source.file(), source.path())) {
      Path name = path.getFileName();
      text = text.replace(path.toString(), name == null ? name() : name.toString());
    }
    return text;
  }

  private static String reason(Throwable e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private Generation replaced(Generation next) {
    asking.writeLock().lock();
    try {
      Generation old = current;
      current = next;
      return old;
    } finally {
      asking.writeLock().unlock();
    }
  }

  private void tell(ModelDescription before, ModelDescription now) {
    String changes = now.changes(before);
    log()
        .log(
            changes.isEmpty() ? INFO : WARNING,
            "the model {0} was replaced: version {1}{2}",
            name(),
            now.version(),
            changes.isEmpty() ? "" : " (changed: " + changes + ")");
  }

  /** The file that it is read from, and by what it is seen that this was replaced. */
  Path file() {
    return source.file();
  }

  FileStamp stamp() {
    return generation().stamp();
  }

  /** Writes its figures. */
  void write(Exposition page) {
    figures.write(page, name());
    Generation now = generation();
    ModelDescription model = now.description();
    page.metric("fovea_waiting_images", Kind.GAUGE, "Images that have no answer yet.")
        .sample(now.waiting(), "model", name());
    page.metric(
            "fovea_image_limit",
            Kind.GAUGE,
            "Images that may be without an answer at once now; further ones are refused.")
        .sample(now.limit(), "model", name());
    page.metric("fovea_cached_answers", Kind.GAUGE, "Answers in the cache.")
        .sample(now.cached(), "model", name());
    page.metric("fovea_model_ready", Kind.GAUGE, "1 if the model answers.")
        .sample(ready() ? 1 : 0, "model", name());
    page.metric("fovea_model_info", Kind.GAUGE, "The version that answers, and what it is.")
        .sample(
            1,
            "model",
            name(),
            "version",
            model.version(),
            "network",
            model.network(),
            "number_format",
            model.numberFormat());
  }

  /** Answers all that was asked, then frees threads and memory. Closing again has no effect. */
  void close() {
    closed = true;
    shared.swapping.lock();
    try {
      generation().close();
    } finally {
      shared.swapping.unlock();
    }
  }
}
