package dev.fovea.spark.scoring;

import dev.fovea.Classifier;
import dev.fovea.InferenceResponse;
import dev.fovea.spark.image.ImageInput;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a partition with their answers, in order. Reads ahead of what it gives, so that
 * images wait when the network has finished a batch, but no more of them than fit into a small part
 * of the heap. Used by the thread of a task.
 */
final class ScoredRows implements Iterator<Row> {
  /** All tasks of an executor together, if it has eight. */
  private static final int HEAP_PARTS = 32;

  private final Iterator<Row> rows;
  private final ScoringJob job;
  private final Classifier classifier;
  private final ArrayDeque<Waiting> open = new ArrayDeque<>();
  private final int mostRows;
  private final long mostBytes = Runtime.getRuntime().maxMemory() / HEAP_PARTS;
  private long bytes;

  /** A row whose image is being answered, or cannot be. */
  private record Waiting(
      Row row,
      long bytes,
      @Nullable String reason,
      @Nullable CompletableFuture<InferenceResponse> response) {}

  ScoredRows(Iterator<Row> rows, ScoringJob job, Classifier classifier) {
    this.rows = rows;
    this.job = job;
    this.classifier = classifier;
    // One batch is computed while the next waits.
    this.mostRows = 2 * job.options().batch();
  }

  @Override
  public boolean hasNext() {
    return !open.isEmpty() || rows.hasNext();
  }

  @Override
  public Row next() {
    while (open.isEmpty() || open.size() < mostRows && bytes < mostBytes) {
      if (!rows.hasNext()) {
        break;
      }
      Waiting asked = asked(rows.next());
      bytes += asked.bytes;
      open.add(asked);
    }
    Waiting first = open.poll();
    if (first == null) {
      throw new NoSuchElementException("the partition has no more rows");
    }
    bytes -= first.bytes;
    return job.answered(first.row, answer(first));
  }

  private Waiting asked(Row row) {
    ImageInput input = job.input(row);
    if (input instanceof ImageInput.Asked image) {
      return new Waiting(row, image.bytes(), null, classifier.infer(image.request()));
    }
    return new Waiting(row, 0, ((ImageInput.Unreadable) input).reason(), null);
  }

  private List<@Nullable Object> answer(Waiting first) {
    CompletableFuture<InferenceResponse> response = first.response;
    return response == null
        ? job.columns().unreadable(String.valueOf(first.reason))
        : ScoringJob.answer(job.columns(), response);
  }

  /** Gives up what is not answered yet. */
  void cancel() {
    for (Waiting each : open) {
      if (each.response != null) {
        each.response.cancel(false);
      }
    }
    open.clear();
  }
}
