package dev.fovea.server.model;

import dev.fovea.InferenceResponse;
import dev.fovea.data.image.DataException;
import dev.fovea.server.metrics.Exposition;
import dev.fovea.server.metrics.Exposition.Kind;
import dev.fovea.server.metrics.Histogram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a model has done, over all its versions. Safe for any number of threads. */
final class ModelFigures {
  private static final double NANOS = 1e9;
  private static final List<Double> BATCHES = List.of(1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0, 32.0);

  private final Map<Outcome, Tally> outcomes = new EnumMap<>(Outcome.class);
  private final Map<Outcome, Tally> explanations = new EnumMap<>(Outcome.class);
  private final Tally waiting = new Tally();
  private final Tally decoding = new Tally();
  private final Tally computing = new Tally();
  private final Histogram seconds = new Histogram(Histogram.SECONDS);
  private final Histogram waitingSeconds = new Histogram(Histogram.SECONDS);
  private final Histogram batchSizes = new Histogram(BATCHES);
  private final Map<Integer, Tally> batches = new ConcurrentSkipListMap<>();
  private final LongAdder cacheHits = new LongAdder();
  private final LongAdder cacheMisses = new LongAdder();
  private final LongAdder swaps = new LongAdder();
  private final LongAdder failedSwaps = new LongAdder();
  private final AtomicLong lastAnswer = new AtomicLong();

  /** What became of an image or an explanation. */
  enum Outcome {
    OK,
    REJECTED,
    EXPIRED,
    BAD_IMAGE,
    CANCELLED,
    FAILED;

    static Outcome of(@Nullable Throwable failure) {
      if (failure == null) {
        return OK;
      } else if (failure instanceof RejectedExecutionException) {
        return REJECTED;
      } else if (failure instanceof TimeoutException) {
        return EXPIRED;
      } else if (failure instanceof DataException) {
        return BAD_IMAGE;
      } else if (failure instanceof CancellationException) {
        return CANCELLED;
      }
      return FAILED;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final class Tally {
    private final LongAdder count = new LongAdder();
    private final LongAdder nanos = new LongAdder();

    void add(long time) {
      count.increment();
      nanos.add(time);
    }

    ModelStatistics.Count read() {
      return new ModelStatistics.Count(count.sum(), nanos.sum());
    }
  }

  ModelFigures() {
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, new Tally());
      explanations.put(outcome, new Tally());
    }
  }

  private static Tally of(Map<Outcome, Tally> tallies, @Nullable Throwable failure) {
    return Objects.requireNonNull(tallies.get(Outcome.of(failure)));
  }

  /** Counts an image, with the time since it was asked. */
  void ended(@Nullable InferenceResponse response, @Nullable Throwable failure, long nanos) {
    of(outcomes, failure).add(nanos);
    if (response == null) {
      return;
    }
    seconds.add(nanos / NANOS);
    lastAnswer.set(System.currentTimeMillis());
    if (response.batchSize() > 0) {
      waiting.add(response.waited().toNanos());
      waitingSeconds.add(response.waited().toNanos() / NANOS);
      decoding.add(response.decoded().toNanos());
      computing.add(response.computed().toNanos());
    }
  }

  /** Counts an explanation. */
  void explained(@Nullable Throwable failure, long nanos) {
    of(explanations, failure).add(nanos);
  }

  /** Counts a step of the network. */
  void computed(int images, Duration computingTime) {
    batchSizes.add(images);
    batches.computeIfAbsent(images, n -> new Tally()).add(computingTime.toNanos());
  }

  void cacheHit() {
    cacheHits.increment();
  }

  void cacheMiss() {
    cacheMisses.increment();
  }

  void swapped() {
    swaps.increment();
  }

  void swapFailed() {
    failedSwaps.increment();
  }

  /** The figures at this moment. */
  ModelStatistics read() {
    long failures = 0;
    long nanos = 0;
    for (Map.Entry<Outcome, Tally> entry : outcomes.entrySet()) {
      if (entry.getKey() != Outcome.OK) {
        failures += entry.getValue().count.sum();
        nanos += entry.getValue().nanos.sum();
      }
    }
    List<ModelStatistics.Batches> steps = new ArrayList<>();
    batches.forEach(
        (images, tally) ->
            steps.add(new ModelStatistics.Batches(images, tally.count.sum(), tally.nanos.sum())));
    return new ModelStatistics(
        lastAnswer.get(),
        of(outcomes, null).read(),
        new ModelStatistics.Count(failures, nanos),
        waiting.read(),
        decoding.read(),
        computing.read(),
        cacheHits.sum(),
        cacheMisses.sum(),
        steps);
  }

  /** Writes them as samples of this model. */
  void write(Exposition page, String model) {
    outcomes.forEach(
        (outcome, tally) ->
            page.metric(
                    "fovea_images_total",
                    Kind.COUNTER,
                    "Images asked about, by what became of them.")
                .sample(tally.count.sum(), "model", model, "outcome", outcome.label()));
    explanations.forEach(
        (outcome, tally) ->
            page.metric(
                    "fovea_explanations_total",
                    Kind.COUNTER,
                    "Explanations, by what became of them.")
                .sample(tally.count.sum(), "model", model, "outcome", outcome.label()));
    page.metric("fovea_image_seconds", Kind.HISTOGRAM, "Time from the question to the answer.")
        .histogram(seconds.snapshot(), "model", model);
    page.metric("fovea_waiting_seconds", Kind.HISTOGRAM, "How long images waited for their turn.")
        .histogram(waitingSeconds.snapshot(), "model", model);
    page.metric("fovea_batch_images", Kind.HISTOGRAM, "Images that were computed together.")
        .histogram(batchSizes.snapshot(), "model", model);
    counter(page, "fovea_decoding_seconds_total", "Time of decoding, of all threads.")
        .sample(decoding.nanos.sum() / NANOS, "model", model);
    counter(page, "fovea_computing_seconds_total", "Time of the network.")
        .sample(
            batches.values().stream().mapToLong(t -> t.nanos.sum()).sum() / NANOS, "model", model);
    counter(page, "fovea_cache_hits_total", "Answers given again without being computed.")
        .sample(cacheHits.sum(), "model", model);
    counter(page, "fovea_cache_misses_total", "Images looked for in the cache in vain.")
        .sample(cacheMisses.sum(), "model", model);
    counter(page, "fovea_swaps_total", "Replacements of a model by a newer file.")
        .sample(swaps.sum(), "model", model, "result", "done")
        .sample(failedSwaps.sum(), "model", model, "result", "failed");
  }

  private static Exposition.Metric counter(Exposition page, String name, String help) {
    return page.metric(name, Kind.COUNTER, help);
  }
}
