package dev.fovea.spark.scoring;

import dev.fovea.InferenceResponse;
import dev.fovea.eval.Prediction;
import dev.fovea.spark.image.ImageColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The columns that scoring adds, in their order: the name of the most probable class (string), its
 * probability (double), the most probable classes (array of structs of class and probability), what
 * the last layer read (array of floats), and the reason why there is nothing of these (string). A
 * column whose name is empty is left out. Immutable, and sent to executors.
 *
 * @param top how many classes the third column has, at most
 */
public record AnswerColumns(
    String prediction, String probability, String classes, String embedding, String reason, int top)
    implements Serializable {
  private static final DataType CLASSES =
      DataTypes.createArrayType(
          new StructType()
              .add("class", DataTypes.StringType, false)
              .add("probability", DataTypes.DoubleType, false),
          false);

  /** The columns that have a name. */
  private List<StructField> fields() {
    List<StructField> all =
        List.of(
            field(prediction, DataTypes.StringType),
            field(probability, DataTypes.DoubleType),
            field(classes, CLASSES),
            field(embedding, DataTypes.createArrayType(DataTypes.FloatType, false)),
            field(reason, DataTypes.StringType));
    return all.stream().filter(f -> !f.name().isEmpty()).toList();
  }

  private static StructField field(String name, DataType type) {
    return DataTypes.createStructField(name, type, true);
  }

  /**
   * The columns alone.
   *
   * @throws IllegalArgumentException if two have the same name
   */
  public StructType alone() {
    return behind(new StructType());
  }

  /**
   * A schema with these columns behind its own.
   *
   * @throws IllegalArgumentException if there is one of that name already
   */
  public StructType behind(StructType schema) {
    List<String> taken = new ArrayList<>();
    for (String name : schema.fieldNames()) {
      taken.add(name.toLowerCase(Locale.ROOT));
    }
    StructType all = schema;
    for (StructField field : fields()) {
      if (taken.contains(field.name().toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "the output column '"
                + field.name()
                + "' is there already or named twice; name another, or drop it. The columns are: "
                + ImageColumn.columns(all));
      }
      taken.add(field.name().toLowerCase(Locale.ROOT));
      all = all.add(field);
    }
    return all;
  }

  /** Whether {@link InferenceResponse#embedding} is read. */
  public boolean hasEmbedding() {
    return !embedding.isEmpty();
  }

  /** What these columns have for an answer. */
  List<@Nullable Object> values(InferenceResponse response) {
    Prediction answer = response.prediction();
    List<@Nullable Object> values = new ArrayList<>();
    add(values, prediction, answer.best().name());
    add(values, probability, answer.best().probability());
    if (!classes.isEmpty()) {
      values.add(
          answer.top(top).stream()
              .map(g -> RowFactory.create(g.name(), g.probability()))
              .toArray(Row[]::new));
    }
    if (hasEmbedding()) {
      values.add(response.embedding().map(e -> boxed(e.values())).orElseThrow());
    }
    add(values, reason, null);
    return values;
  }

  /** What they have for an image that cannot be read. */
  List<@Nullable Object> unreadable(String why) {
    List<@Nullable Object> values = new ArrayList<>();
    for (String name : Arrays.asList(prediction, probability, classes, embedding)) {
      add(values, name, null);
    }
    add(values, reason, why);
    return values;
  }

  private static void add(List<@Nullable Object> values, String column, @Nullable Object value) {
    if (!column.isEmpty()) {
      values.add(value);
    }
  }

  private static Float[] boxed(float[] values) {
    Float[] all = new Float[values.length];
    for (int i = 0; i < values.length; i++) {
      all[i] = values[i];
    }
    return all;
  }
}
