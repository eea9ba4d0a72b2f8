package dev.fovea.spark;

import dev.fovea.api.Api;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Image sets in Parquet as Hugging Face's {@code datasets} writes them: images as structs of bytes
 * and path, classes as numbers whose names stand in the files' metadata, which Spark does not read.
 *
 * <pre>{@code
 * Dataset<Row> set = HuggingFaceParquet.read(spark, "hdfs:///beans/*.parquet");
 * new FoveaClassifier()
 *     .setModel("model.safetensors")
 *     .setInputCol("image")
 *     .transform(set)
 *     .groupBy("label_name", "prediction")
 *     .count()
 *     .show();
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class HuggingFaceParquet {
  private static final String KEY = "huggingface";
  private static final String SUFFIX = "_name";

  private HuggingFaceParquet() {}

  /**
   * Reads a set. For each column of classes, for example {@code label}, there is another with the
   * names, {@code label_name} (string), null where the number has no name, as -1 of unlabeled
   * images. The column of numbers has the names in its metadata, as Spark's {@code StringIndexer}
   * notes them, which {@link FoveaTrainer} reads. The names are those of the first file; a set
   * without them is read as it is.
   *
   * @param paths files, folders and patterns, as Spark reads them
   * @throws DataException if the metadata cannot be read, or a column with names is there already
   */
  public static Dataset<Row> read(SparkSession spark, String... paths) {
    Dataset<Row> set = spark.read().parquet(paths);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    for (Map.Entry<String, List<String>> classes : classNames(set, hadoop).entrySet()) {
      String name = classes.getKey() + SUFFIX;
      if (Arrays.asList(set.columns()).contains(name)) {
        throw new DataException(
            "the set has a column '"
                + name
                + "' already, where the names of '"
                + classes.getKey()
                + "' belong; read it with spark.read().parquet and rename the column");
      }
      String[] names = classes.getValue().toArray(String[]::new);
      set =
          set.withColumn(
              name, functions.get(functions.lit(names), functions.col(classes.getKey())));
      set =
          set.withMetadata(
              classes.getKey(),
              NominalAttribute.defaultAttr()
                  .withName(classes.getKey())
                  .withValues(names)
                  .toMetadata());
    }
    return set;
  }

  private static Map<String, List<String>> classNames(Dataset<Row> set, Configuration hadoop) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    String[] files = set.inputFiles();
    if (files.length == 0) {
      return names;
    }
    // Spark gives URIs, in which spaces and others are encoded.
    String metadata = metadata(new Path(URI.create(files[0])), hadoop);
    if (metadata.isEmpty()) {
      return names;
    }
    Map<?, ?> features = features(metadata, files[0]);
    for (String column : set.columns()) {
      if (features.get(column) instanceof Map<?, ?> feature
          && "ClassLabel".equals(feature.get("_type"))
          && feature.get("names") instanceof List<?> list) {
        List<String> all = new ArrayList<>();
        list.forEach(each -> all.add(String.valueOf(each)));
        names.put(column, all);
      }
    }
    return names;
  }

  private static Map<?, ?> features(String metadata, String file) {
    try {
      Map<String, Object> tree = JsonTree.parse(metadata, file + ": its metadata '" + KEY + "'");
      return tree.get("info") instanceof Map<?, ?> info
              && info.get("features") instanceof Map<?, ?> features
          ? features
          : Map.of();
    } catch (CheckpointException e) {
      throw new DataException(
          e.getMessage() + "; read the set with spark.read().parquet, without names of classes", e);
    }
  }

  private static String metadata(Path file, Configuration hadoop) {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file, hadoop))) {
      return reader.getFileMetaData().getKeyValueMetaData().getOrDefault(KEY, "");
    } catch (IOException e) {
      throw new DataException(
          file + ": its Parquet metadata cannot be read: " + IoReason.of(e) + "; check the file",
          e);
    }
  }
}
