package dev.fovea.server.model;

import dev.fovea.Classifier;
import dev.fovea.Explainer;
import dev.fovea.ExplainerOptions;
import dev.fovea.InferenceRequest;
import dev.fovea.InferenceResponse;
import dev.fovea.SharedCores;
import dev.fovea.data.image.Picture;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationListener;
import dev.fovea.explanation.ExplanationTarget;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One state of a model's file, opened and tested. Safe for any number of threads. */
final class Generation implements AutoCloseable {
  private final Path file;
  private final FileStamp stamp;
  private final Classifier classifier;
  private final ModelDescription description;
  private final ModelFigures figures;
  private final Admission admission;
  private final @Nullable AnswerCache cache;
  private final SharedCores cores;
  private final Object explaining = new Object();
  private @Nullable Explainer explainer;
  private boolean explainsNoMore;

  private Generation(
      Source source,
      FileStamp stamp,
      Classifier classifier,
      ModelDescription description,
      ModelFigures figures,
      Front front) {
    this.file = source.file;
    this.cores = source.cores;
    this.stamp = stamp;
    this.classifier = classifier;
    this.description = description;
    this.figures = figures;
    this.admission = front.admission;
    this.cache = front.cache;
  }

  /** What a request meets before the classifier. */
  private record Front(Admission admission, @Nullable AnswerCache cache) {}

  /** Where a generation comes from, and what it takes turns on. */
  record Source(Path file, SharedCores cores) {}

  /**
   * Opens and tests what is in a file now.
   *
   * @throws RuntimeException of several kinds if the file cannot be used, changes meanwhile, or
   *     fails the test; nothing is left open then
   */
  static Generation open(
      Source source, String version, ServingOptions options, ModelFigures figures) {
    Path file = source.file;
    Optional<FileStamp> before = FileStamp.of(file);
    AtomicBoolean answers = new AtomicBoolean();
    Admission admission = new Admission(options.queue(), System::nanoTime);
    Classifier classifier =
        Classifier.open(
            file,
            options
                .classifier()
                .sharing(source.cores)
                .compilingAtOnce()
                // The admission bounds them.
                .waiting(Integer.MAX_VALUE)
                .listener(
                    (images, decoding, computing) -> {
                      admission.computed(images, decoding.plus(computing).toNanos());
                      // What the test computes is no work for anybody.
                      if (answers.get()) {
                        figures.computed(images, computing);
                      }
                    }));
    try {
      // The checksum was read before the weights were.
      if (before.isEmpty() || !before.equals(FileStamp.of(file))) {
        throw new IllegalStateException(
            file.getFileName()
                + " was changed while it was read; write models to another file and rename it");
      }
      SelfTest.check(classifier);
      answers.set(true);
      return new Generation(
          source,
          before.get(),
          classifier,
          ModelDescription.of(version, classifier, file),
          figures,
          new Front(
              admission,
              options.cachedAnswers() == 0 ? null : new AnswerCache(options.cachedAnswers())));
    } catch (RuntimeException | Error e) {
      classifier.close();
      throw e;
    }
  }

  Path file() {
    return file;
  }

  FileStamp stamp() {
    return stamp;
  }

  ModelDescription description() {
    return description;
  }

  /** Whether it can answer; false once its thread has ended by a fault. */
  boolean isSound() {
    return classifier.isAnswering();
  }

  int waiting() {
    return classifier.waiting();
  }

  /** The images that may be under way now. */
  int limit() {
    return admission.limit();
  }

  int cached() {
    return cache == null ? 0 : cache.size();
  }

  /** Asks about images; those in the cache are answered from it. */
  List<CompletableFuture<InferenceResponse>> infer(List<InferenceRequest> requests) {
    long start = System.nanoTime();
    List<@Nullable CompletableFuture<InferenceResponse>> answers = new ArrayList<>();
    List<@Nullable String> keys = new ArrayList<>();
    List<InferenceRequest> rest = new ArrayList<>();
    for (InferenceRequest request : requests) {
      String key = cache == null ? null : request.image().map(AnswerCache::key).orElse(null);
      InferenceResponse known = known(key);
      keys.add(key);
      if (known == null) {
        answers.add(null);
        rest.add(request);
      } else {
        figures.ended(known, null, System.nanoTime() - start);
        answers.add(CompletableFuture.completedFuture(known));
      }
    }
    boolean admitted = !rest.isEmpty() && admission.admits(rest.size());
    List<CompletableFuture<InferenceResponse>> asked = admitted ? asked(rest) : refused(rest);
    Runnable ended = admitted ? admission::ended : () -> {};
    List<CompletableFuture<InferenceResponse>> all = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < answers.size(); i++) {
      CompletableFuture<InferenceResponse> known = answers.get(i);
      all.add(known != null ? known : counted(asked.get(next++), keys.get(i), start, ended));
    }
    return all;
  }

  private List<CompletableFuture<InferenceResponse>> asked(List<InferenceRequest> requests) {
    try {
      return classifier.infer(requests);
    } catch (RuntimeException | Error e) {
      requests.forEach(r -> admission.ended());
      throw e;
    }
  }

  private static List<CompletableFuture<InferenceResponse>> refused(
      List<InferenceRequest> requests) {
    BusyException refusal =
        new BusyException(
            "the model has as many images under way as it takes on now; try again later");
    return requests.stream()
        .map(r -> CompletableFuture.<InferenceResponse>failedFuture(refusal))
        .toList();
  }

  private @Nullable InferenceResponse known(@Nullable String key) {
    if (cache == null || key == null) {
      return null;
    }
    Optional<InferenceResponse> found = cache.find(key);
    if (found.isPresent()) {
      figures.cacheHit();
    } else {
      figures.cacheMiss();
    }
    return found.orElse(null);
  }

  // What is counted and kept must be so before the caller hears of the answer.
  private CompletableFuture<InferenceResponse> counted(
      CompletableFuture<InferenceResponse> asked,
      @Nullable String key,
      long start,
      Runnable ended) {
    CompletableFuture<InferenceResponse> result = new CompletableFuture<>();
    CompletableFuture<?> unused =
        asked.whenComplete(
            (response, failure) -> {
              ended.run();
              Throwable cause = failure == null ? null : Causes.of(failure);
              figures.ended(response, cause, System.nanoTime() - start);
              if (response == null) {
                result.completeExceptionally(cause == null ? new IllegalStateException() : cause);
              } else {
                if (cache != null && key != null) {
                  cache.keep(key, response);
                }
                result.complete(response);
              }
            });
    CompletableFuture<?> unusedToo =
        result.whenComplete((response, failure) -> asked.cancel(false));
    return result;
  }

  /**
   * Explains an image, which opens the model a second time when it is asked for the first time.
   *
   * @param stops asked before every step of the network
   * @return empty if this generation has been closed
   */
  Optional<ServedExplanation> explain(ExplanationRequest request, BooleanSupplier stops) {
    synchronized (explaining) {
      if (explainsNoMore) {
        return Optional.empty();
      }
      Picture picture = classifier.picture(request.image(), "(in memory)");
      ExplanationTarget target = Targets.of(request, classifier.classes());
      Explainer open = explainer();
      List<Explanation> found = new ArrayList<>();
      open.explain(
          List.of(picture),
          open.method(request.method()),
          target,
          new ExplanationListener() {
            @Override
            public void explained(Explanation explanation) {
              found.add(explanation);
            }

            @Override
            public boolean stops() {
              return stops.getAsBoolean();
            }
          });
      return Optional.of(new ServedExplanation(description, found.get(0)));
    }
  }

  private Explainer explainer() {
    Explainer open = explainer;
    if (open == null) {
      requireSameFile();
      open = Explainer.open(file, ExplainerOptions.standard().sharing(cores));
      try {
        requireSameFile();
      } catch (IllegalStateException e) {
        open.close();
        throw e;
      }
      explainer = open;
    }
    return open;
  }

  // Or other weights would be explained than those that answered.
  private void requireSameFile() {
    if (!Optional.of(stamp).equals(FileStamp.of(file))) {
      throw new StaleModelException(
          file.getFileName()
              + " has changed since version "
              + description.version()
              + " was read, which cannot be explained for the first time now; have the model"
              + " reloaded");
    }
  }

  private void endExplaining() {
    synchronized (explaining) {
      explainsNoMore = true;
      Explainer open = explainer;
      if (open != null) {
        open.close();
      }
    }
  }

  /** Answers all that was asked, then frees threads and memory. */
  @Override
  public void close() {
    try {
      endExplaining();
    } finally {
      classifier.close();
    }
  }
}
