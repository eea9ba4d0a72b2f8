package dev.fovea.spark.scoring;

import dev.fovea.spark.image.ImageColumn;
import dev.fovea.spark.image.ImageInput;
import dev.fovea.spark.model.BroadcastModel;
import dev.fovea.spark.model.ProgramOptions;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/**
 * A function of SQL from an image to a struct of answers. Spark asks it about one image at a time,
 * so what is computed together is what the tasks of an executor ask about at the same time.
 * Immutable, and sent to executors.
 */
public record ScoringFunction(
    String name, BroadcastModel model, ProgramOptions options, AnswerColumns columns)
    implements UDF1<Object, Row> {
  @Override
  public Row call(@Nullable Object value) {
    ImageInput input = column(value).read(value, "(in memory)");
    return RowFactory.create(ScoringJob.one(model, options, columns, input).toArray());
  }

  private ImageColumn column(@Nullable Object value) {
    if (value == null || value instanceof byte[]) {
      return new ImageColumn.Files();
    }
    DataType type = value instanceof Row row ? row.schema() : null;
    Optional<ImageColumn> known = type == null ? Optional.empty() : ImageColumn.of(type);
    return known.orElseThrow(
        () ->
            new IllegalArgumentException(
                name
                    + " got "
                    + (type == null ? value.getClass().getSimpleName() : type.simpleString())
                    + "; "
                    + ImageColumn.EXPECTED));
  }
}
