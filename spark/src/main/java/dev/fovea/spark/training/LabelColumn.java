package dev.fovea.spark.training;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;

/**
 * A column of classes, and the class's number for each value.
 *
 * @param name of the column
 * @param classes their names, in the order of their numbers
 * @param indices whether the values are these numbers, as whole numbers of any type
 * @param numbers of the values otherwise, by their text
 */
record LabelColumn(String name, List<String> classes, boolean indices, Map<String, Integer> numbers)
    implements Serializable {

  /** Copies the lists. */
  LabelColumn {
    classes = List.copyOf(classes);
    numbers = Map.copyOf(numbers);
  }

  /**
   * The classes of a column: as they are given; else, of numbers, as Spark's {@code StringIndexer}
   * and others note them in the column's metadata; else the values that occur, sorted.
   *
   * @param given the names of the classes; empty to find them
   * @throws IllegalArgumentException if the column holds neither strings nor numbers, or fewer than
   *     two classes, or if a name is given twice
   */
  static LabelColumn of(Dataset<?> images, String name, List<String> given) {
    StructField field = images.schema().apply(name);
    DataType type = field.dataType();
    boolean numeric = type instanceof NumericType;
    if (!numeric && !(type instanceof StringType)) {
      throw new IllegalArgumentException(
          "column '"
              + name
              + "' holds no classes, its type is "
              + type.simpleString()
              + "; set labelCol to a column of strings or whole numbers");
    }
    List<String> names = given.isEmpty() && numeric ? named(field) : given;
    if (numeric && !names.isEmpty()) {
      return checked(new LabelColumn(name, names, true, Map.of()));
    }
    List<String> classes = names.isEmpty() ? distinct(images, name, numeric) : names;
    Map<String, Integer> numbers = new HashMap<>();
    classes.forEach(c -> numbers.put(c, numbers.size()));
    return checked(new LabelColumn(name, classes, false, numbers));
  }

  private static LabelColumn checked(LabelColumn column) {
    if (Set.copyOf(column.classes).size() < column.classes.size()) {
      throw new IllegalArgumentException(
          "column '"
              + column.name
              + "' has the classes "
              + column.classes
              + ", of which some have the same name; give each a name of its own");
    }
    if (column.classes.size() < 2) {
      throw new IllegalArgumentException(
          "column '"
              + column.name
              + "' has the classes "
              + column.classes
              + "; a network learns to tell at least two apart");
    }
    return column;
  }

  private static List<String> named(StructField field) {
    Attribute attribute = Attribute.fromStructField(field);
    if (attribute instanceof NominalAttribute nominal) {
      Optional<String[]> values =
          nominal.values().isDefined() ? Optional.of(nominal.values().get()) : Optional.empty();
      return values.map(List::of).orElse(List.of());
    }
    return List.of();
  }

  private static List<String> distinct(Dataset<?> images, String name, boolean numeric) {
    Column value = images.col(name);
    // Not a number, or none that is whole, is no class, and no error of the cast either.
    Column whole = value.try_cast(DataTypes.LongType);
    List<Row> rows =
        (numeric ? images.where(whole.equalTo(value)).select(whole) : images.select(value))
            .na()
            .drop()
            .distinct()
            .collectAsList();
    if (numeric) {
      TreeSet<Long> values = new TreeSet<>();
      rows.forEach(row -> values.add(row.getLong(0)));
      // As in the sets of others, -1 says that nobody knows.
      values.removeIf(number -> number < 0);
      return values.stream().map(String::valueOf).toList();
    }
    List<String> values = new ArrayList<>(rows.stream().map(row -> row.getString(0)).toList());
    values.removeIf(String::isBlank);
    values.sort(null);
    return values;
  }

  /** The number of a value's class; -1 if it has none. */
  int number(@Nullable Object value) {
    if (value == null) {
      return -1;
    }
    if (!(value instanceof Number number)) {
      return numbers.getOrDefault(String.valueOf(value), -1);
    }
    double exact = number.doubleValue();
    if (exact != Math.rint(exact)) {
      return -1;
    }
    if (!indices) {
      return numbers.getOrDefault(String.valueOf(number.longValue()), -1);
    }
    return exact >= 0 && exact < classes.size() ? (int) exact : -1;
  }

  /** Whether the columns of a set have this one, for messages. */
  static void requireColumn(Dataset<?> images, String name, String parameter) {
    if (!Arrays.asList(images.columns()).contains(name)) {
      throw new IllegalArgumentException(
          "there is no column '"
              + name
              + "'; set "
              + parameter
              + " to one of: "
              + String.join(", ", images.columns()));
    }
  }
}
