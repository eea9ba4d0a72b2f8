package dev.fovea.spark;

import dev.fovea.api.Api;
import dev.fovea.program.Precision;
import dev.fovea.spark.image.ImageColumn;
import dev.fovea.spark.model.BroadcastModel;
import dev.fovea.spark.model.ExecutorCores;
import dev.fovea.spark.model.ModelSource;
import dev.fovea.spark.model.ProgramOptions;
import dev.fovea.spark.scoring.AnswerColumns;
import dev.fovea.spark.scoring.ScoringJob;
import java.util.Arrays;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * A stage of Spark's pipelines that classifies the images of a column with a model file.
 *
 * <pre>{@code
 * Dataset<Row> photos = spark.read().format("binaryFile").load("hdfs:///photos");
 * new FoveaClassifier()
 *     .setModel("model.safetensors")
 *     .transform(photos)
 *     .select("path", "prediction", "probability", "reason")
 *     .show();
 * }</pre>
 *
 * <p>Images are the bytes of files (a binary column, as the source {@code binaryFile} has; or a
 * struct with a field {@code bytes} or {@code content}), which are decoded as everywhere in Fovea,
 * or the structs of Spark's source {@code image}, whose pixels Java decoded. Rows keep their
 * columns and their order. An image that cannot be read has null in all columns but that with the
 * reason, and never fails a job; a model that cannot be used fails {@link #transform} at once, on
 * the driver.
 *
 * <p>The model goes to each executor once and is compiled there once, for all tasks that run in it.
 * Its weights and buffers lie outside the heap, so they count against {@code
 * spark.executor.memoryOverhead}.
 *
 * <p>Like all stages of Spark, it is changed by its setters and used by one thread.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class FoveaClassifier extends Model<FoveaClassifier> implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final int TOP = 5;

  private final String uid;
  private final Param<String> model;
  private final Param<String> modelSha256;
  private final Param<String> inputCol;
  private final Param<String> predictionCol;
  private final Param<String> probabilityCol;
  private final Param<String> topCol;
  private final Param<String> embeddingCol;
  private final Param<String> reasonCol;
  private final IntParam topK;
  private final IntParam batchSize;
  private final IntParam threads;
  private final Param<String> precision;

  /** A stage without model. */
  public FoveaClassifier() {
    this(Identifiable$.MODULE$.randomUID("foveaClassifier"));
  }

  /** A stage without model and with this name; Spark makes copies with it. */
  public FoveaClassifier(String uid) {
    this.uid = uid;
    model = text("model", "model file, or run folder of the driver; other file systems by URI");
    modelSha256 = text("modelSha256", "SHA-256 that the model file must have; empty for any");
    inputCol = text("inputCol", "column with images");
    predictionCol = text("predictionCol", "column for the class's name; empty for none");
    probabilityCol = text("probabilityCol", "column for its probability; empty for none");
    topCol = text("topCol", "column for the most probable classes; empty for none");
    embeddingCol = text("embeddingCol", "column for what the last layer reads; empty for none");
    reasonCol = text("reasonCol", "column for why an image is not classified; empty for none");
    topK = number("topK", "how many classes topCol has, at most", 1);
    batchSize = number("batchSize", "images computed together; 0 to suit the network", 0);
    threads = number("threads", "threads per executor; 0 for the executor's cores", 0);
    precision = text("precision", "f32 or bf16; empty for the executor's fastest");
    setDefault(model, "");
    setDefault(modelSha256, "");
    setDefault(inputCol, "content");
    setDefault(predictionCol, "prediction");
    setDefault(probabilityCol, "probability");
    setDefault(topCol, "top");
    setDefault(embeddingCol, "");
    setDefault(reasonCol, "reason");
    setDefault(topK, TOP);
    setDefault(batchSize, 0);
    setDefault(threads, 0);
    setDefault(precision, "");
  }

  private Param<String> text(String name, String doc) {
    return new Param<>(this, name, doc);
  }

  private IntParam number(String name, String doc, int least) {
    return new IntParam(this, name, doc, ParamValidators.gtEq(least));
  }

  /** The parameter behind {@link #setModel}. */
  public Param<String> model() {
    return model;
  }

  /** The model file, or the folder of a run, of the driver; a model file elsewhere by its URI. */
  public String getModel() {
    return getOrDefault(model);
  }

  /**
   * Sets the model file, or the folder of a run, of the driver; a model file elsewhere by its URI
   * ({@code hdfs://}, {@code s3a://} and whatever else Hadoop is set up for).
   */
  public FoveaClassifier setModel(String value) {
    set(model, value);
    return this;
  }

  /** The parameter behind {@link #setModelSha256}. */
  public Param<String> modelSha256() {
    return modelSha256;
  }

  /** The SHA-256 that the model file must have; empty for any. */
  public String getModelSha256() {
    return getOrDefault(modelSha256);
  }

  /**
   * Refuses model files with another SHA-256; empty for any. A saved stage has that of its model.
   */
  public FoveaClassifier setModelSha256(String value) {
    set(modelSha256, value);
    return this;
  }

  /** The parameter behind {@link #setInputCol}. */
  public Param<String> inputCol() {
    return inputCol;
  }

  /** The column with images. */
  public String getInputCol() {
    return getOrDefault(inputCol);
  }

  /** Sets the column with images; {@code content} otherwise. */
  public FoveaClassifier setInputCol(String value) {
    set(inputCol, value);
    return this;
  }

  /** The parameter behind {@link #setPredictionCol}. */
  public Param<String> predictionCol() {
    return predictionCol;
  }

  /** The column for the name of the most probable class. */
  public String getPredictionCol() {
    return getOrDefault(predictionCol);
  }

  /** Names the column (string) for the name of the most probable class; empty for none. */
  public FoveaClassifier setPredictionCol(String value) {
    set(predictionCol, value);
    return this;
  }

  /** The parameter behind {@link #setProbabilityCol}. */
  public Param<String> probabilityCol() {
    return probabilityCol;
  }

  /** The column for the probability of that class. */
  public String getProbabilityCol() {
    return getOrDefault(probabilityCol);
  }

  /** Names the column (double) for the probability of that class; empty for none. */
  public FoveaClassifier setProbabilityCol(String value) {
    set(probabilityCol, value);
    return this;
  }

  /** The parameter behind {@link #setTopCol}. */
  public Param<String> topCol() {
    return topCol;
  }

  /** The column for the most probable classes. */
  public String getTopCol() {
    return getOrDefault(topCol);
  }

  /**
   * Names the column (array of structs of {@code class} and {@code probability}) for the most
   * probable classes; empty for none.
   */
  public FoveaClassifier setTopCol(String value) {
    set(topCol, value);
    return this;
  }

  /** The parameter behind {@link #setEmbeddingCol}. */
  public Param<String> embeddingCol() {
    return embeddingCol;
  }

  /** The column for embeddings; empty for none. */
  public String getEmbeddingCol() {
    return getOrDefault(embeddingCol);
  }

  /**
   * Names the column (array of floats) for what the network's last layer reads; there is none
   * otherwise.
   */
  public FoveaClassifier setEmbeddingCol(String value) {
    set(embeddingCol, value);
    return this;
  }

  /** The parameter behind {@link #setReasonCol}. */
  public Param<String> reasonCol() {
    return reasonCol;
  }

  /** The column for the reason why an image is not classified. */
  public String getReasonCol() {
    return getOrDefault(reasonCol);
  }

  /**
   * Names the column (string) for the reason why an image is not classified, null for all others;
   * empty for none.
   */
  public FoveaClassifier setReasonCol(String value) {
    set(reasonCol, value);
    return this;
  }

  /** The parameter behind {@link #setTopK}. */
  public IntParam topK() {
    return topK;
  }

  /** How many classes {@code topCol} has, at most. */
  public int getTopK() {
    return (Integer) getOrDefault(topK);
  }

  /** Sets how many classes {@code topCol} has, at most; 5 otherwise. */
  public FoveaClassifier setTopK(int value) {
    set(topK, value);
    return this;
  }

  /** The parameter behind {@link #setBatchSize}. */
  public IntParam batchSize() {
    return batchSize;
  }

  /** The most images that are computed together; 0 to suit the network. */
  public int getBatchSize() {
    return (Integer) getOrDefault(batchSize);
  }

  /**
   * Sets the most images that are computed together; 0 to suit the network. Answers depend on it by
   * the rounding of the last bits, and not on what an image is computed with.
   */
  public FoveaClassifier setBatchSize(int value) {
    set(batchSize, value);
    return this;
  }

  /** The parameter behind {@link #setThreads}. */
  public IntParam threads() {
    return threads;
  }

  /** Threads of the network in each executor; 0 for the executor's cores. */
  public int getThreads() {
    return (Integer) getOrDefault(threads);
  }

  /**
   * Sets the number of threads of the network in each executor, and as many that decode images
   * between; 0 for the executor's cores.
   */
  public FoveaClassifier setThreads(int value) {
    set(threads, value);
    return this;
  }

  /** The parameter behind {@link #setPrecision}. */
  public Param<String> precision() {
    return precision;
  }

  /** The number format: {@code f32}, {@code bf16}, or empty for the executor's fastest. */
  public String getPrecision() {
    return getOrDefault(precision);
  }

  /**
   * Sets the number format: {@code f32}, {@code bf16}, or empty for the one that is fastest on the
   * executor. Models in 8-bit integers leave none to choose.
   */
  public FoveaClassifier setPrecision(String value) {
    set(precision, value);
    return this;
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public FoveaClassifier copy(ParamMap extra) {
    return (FoveaClassifier) defaultCopy(extra);
  }

  /**
   * The schema with the columns for answers behind its own.
   *
   * @throws IllegalArgumentException if the column with images is missing or holds none, or if an
   *     output column is there already
   */
  @Override
  public StructType transformSchema(StructType schema) {
    ImageColumn unused = imageColumn(schema);
    return answers().behind(schema);
  }

  private ImageColumn imageColumn(StructType schema) {
    String name = getInputCol();
    if (!Arrays.asList(schema.fieldNames()).contains(name)) {
      throw new IllegalArgumentException(
          "there is no column '"
              + name
              + "' with images; set inputCol to one of: "
              + ImageColumn.columns(schema));
    }
    return ImageColumn.of(schema.apply(name).dataType())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "column '"
                        + name
                        + "' holds no images, its type is "
                        + schema.apply(name).dataType().simpleString()
                        + "; "
                        + ImageColumn.EXPECTED
                        + ". The columns are: "
                        + ImageColumn.columns(schema)));
  }

  AnswerColumns answers() {
    return new AnswerColumns(
        getPredictionCol(),
        getProbabilityCol(),
        getTopCol(),
        getEmbeddingCol(),
        getReasonCol(),
        getTopK());
  }

  /** A model on its way to executors, and how they compile it. */
  record Prepared(BroadcastModel model, ProgramOptions options) {}

  /**
   * Reads and checks the model.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if it cannot be used
   */
  Prepared prepared(SparkSession spark) {
    String format = getPrecision();
    if (!format.isEmpty()) {
      Precision unused = Precision.parse(format);
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    try (ModelSource source =
        ModelSource.open(getModel(), spark.sparkContext().hadoopConfiguration())) {
      source.requireSha256(getModelSha256());
      if (!getEmbeddingCol().isEmpty()) {
        source.requireEmbeddings();
      }
      int batch = getBatchSize() == 0 ? source.batch() : getBatchSize();
      return new Prepared(
          BroadcastModel.of(source, context),
          new ProgramOptions(
              getThreads(),
              ExecutorCores.of(context.getConf()),
              source.isQuantized() ? "" : format,
              batch));
    }
  }

  /**
   * The rows with their answers, computed when they are asked for.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if the model cannot be used
   * @throws IllegalArgumentException as {@link #transformSchema} says
   */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    StructType schema = dataset.schema();
    StructType all = transformSchema(schema, true);
    Prepared prepared = prepared(dataset.sparkSession());
    int path = Arrays.asList(schema.fieldNames()).indexOf("path");
    boolean named = path >= 0 && schema.apply(path).dataType() instanceof StringType;
    return dataset
        .toDF()
        .mapPartitions(
            new ScoringJob(
                prepared.model,
                prepared.options,
                imageColumn(schema),
                schema.fieldIndex(getInputCol()),
                named ? path : -1,
                answers()),
            Encoders.row(all));
  }

  /** Saves the stage with its model in one folder, of any file system that Hadoop knows. */
  @Override
  public MLWriter write() {
    return new ClassifierFolder.Writer(this);
  }

  /** Writes the parameters alone. */
  MLWriter parameters() {
    return DefaultParamsWritable.super.write();
  }

  /** Reads saved stages; pipelines do it by this. */
  public static MLReader<FoveaClassifier> read() {
    return new ClassifierFolder.Reader();
  }

  /**
   * Reads a saved stage.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if its model is missing or has changed
   */
  public static FoveaClassifier load(String path) {
    return read().load(path);
  }
}
