package dev.fovea.spark.scoring;

import dev.fovea.spark.image.ImageColumn;
import dev.fovea.spark.image.ImageInput;
import dev.fovea.spark.model.BroadcastModel;
import dev.fovea.spark.model.ProgramOptions;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.StructType;
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
    if (!(value instanceof Row row)) {
      throw refusal(value.getClass().getSimpleName());
    }
    StructType type = row.schema();
    return ImageColumn.of(type).orElseThrow(() -> refusal(type.simpleString()));
  }

  private IllegalArgumentException refusal(String type) {
    return new IllegalArgumentException(name + " got " + type + "; " + ImageColumn.EXPECTED);
  }
}
