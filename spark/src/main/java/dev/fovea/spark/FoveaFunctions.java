package dev.fovea.spark;

import dev.fovea.api.Api;
import dev.fovea.spark.scoring.ScoringFunction;
import org.apache.spark.sql.SparkSession;

/**
 * Functions of SQL that classify images.
 *
 * <pre>{@code
 * FoveaFunctions.register(spark, "fovea_classify", "model.safetensors");
 * spark
 *     .sql(
 *         "SELECT path, c.prediction, c.probability FROM"
 *             + " (SELECT path, fovea_classify(content) AS c FROM binaryFile.`/photos`)")
 *     .show();
 * }</pre>
 *
 * <p>Spark asks a function about one row at a time, so only what the tasks of an executor ask about
 * at the same moment is computed together; {@link FoveaClassifier#transform} has full batches and
 * is faster.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class FoveaFunctions {
  private FoveaFunctions() {}

  /**
   * Registers a function for this session. It takes an image in any of the forms that {@link
   * FoveaClassifier} takes, and gives a struct of {@code prediction}, {@code probability}, {@code
   * top} and {@code reason}.
   *
   * @param name replaces a function of this name
   * @param model as {@link FoveaClassifier#setModel} takes it; read and checked at once
   * @throws dev.fovea.checkpoint.CheckpointException if the model cannot be used
   */
  public static void register(SparkSession spark, String name, String model) {
    register(spark, name, new FoveaClassifier().setModel(model));
  }

  /**
   * Registers a function with the model, the columns (as fields of the struct) and the options of a
   * stage, whose {@code inputCol} is of no use here.
   *
   * @param name replaces a function of this name
   * @throws dev.fovea.checkpoint.CheckpointException if the model cannot be used
   * @throws IllegalArgumentException if two fields have the same name
   */
  public static void register(SparkSession spark, String name, FoveaClassifier stage) {
    FoveaClassifier.Prepared prepared = stage.prepared(spark);
    spark
        .udf()
        .register(
            name,
            new ScoringFunction(name, prepared.model(), prepared.options(), stage.answers()),
            stage.answers().alone());
  }
}
