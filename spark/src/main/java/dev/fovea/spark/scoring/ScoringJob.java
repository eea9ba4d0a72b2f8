package dev.fovea.spark.scoring;

import dev.fovea.InferenceRequest;
import dev.fovea.InferenceResponse;
import dev.fovea.data.image.DataException;
import dev.fovea.spark.image.ImageColumn;
import dev.fovea.spark.image.ImageInput;
import dev.fovea.spark.model.BroadcastModel;
import dev.fovea.spark.model.ExecutorPrograms;
import dev.fovea.spark.model.ProgramOptions;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/**
 * What each task of a scoring job does: rows with an image become the same rows with an answer, in
 * their order. Immutable, and sent to executors.
 *
 * @param image how the column holds images
 * @param at the place of that column
 * @param path the place of a column with the file's name, for messages; -1 if there is none
 */
public record ScoringJob(
    BroadcastModel model,
    ProgramOptions options,
    ImageColumn image,
    int at,
    int path,
    AnswerColumns columns)
    implements MapPartitionsFunction<Row, Row> {
  private static final String UNNAMED = "(in memory)";

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return rows;
    }
    ExecutorPrograms.Lease lease = ExecutorPrograms.ofThisProcess().use(model, options);
    ScoredRows scored = new ScoredRows(rows, this, lease.classifier());
    // Also if the task is killed, or reads only the first rows.
    TaskContext.get()
        .addTaskCompletionListener(
            context -> {
              scored.cancel();
              lease.close();
            });
    return scored;
  }

  ImageInput input(Row row) {
    String name = path < 0 || row.isNullAt(path) ? UNNAMED : row.getString(path);
    return image.read(row.get(at), name);
  }

  Row answered(Row row, List<@Nullable Object> answer) {
    Object[] values = new Object[row.size() + answer.size()];
    for (int i = 0; i < row.size(); i++) {
      values[i] = row.get(i);
    }
    for (int i = 0; i < answer.size(); i++) {
      values[row.size() + i] = answer.get(i);
    }
    return RowFactory.create(values);
  }

  /** Answers one value, together with those that other tasks ask about at the same time. */
  static List<@Nullable Object> one(
      BroadcastModel model, ProgramOptions options, AnswerColumns columns, ImageInput input) {
    if (input instanceof ImageInput.Unreadable unreadable) {
      return columns.unreadable(unreadable.reason());
    }
    InferenceRequest request = ((ImageInput.Asked) input).request();
    try (ExecutorPrograms.Lease lease = ExecutorPrograms.ofThisProcess().use(model, options)) {
      return answer(columns, lease.classifier().infer(request));
    }
  }

  /** Waits for an answer. */
  static List<@Nullable Object> answer(
      AnswerColumns columns, CompletableFuture<InferenceResponse> response) {
    try {
      return columns.values(response.get());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DataException unreadable) {
        return columns.unreadable(line(unreadable));
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(
          "an image was not classified because of " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the task was stopped while it waited for an answer", e);
    }
  }

  private static String line(DataException e) {
    return String.valueOf(e.getMessage()).replaceAll("\\R", " ");
  }
}
