package dev.fovea.spark;

import dev.fovea.api.Api;
import dev.fovea.spark.training.LabeledImages;
import dev.fovea.train.ConfigException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * A stage of Spark's pipelines that trains an image classifier on the executors of the application,
 * as {@code fovea train --hosts} does on a list of machines.
 *
 * <pre>{@code
 * Dataset<Row> photos = HuggingFaceParquet.read(spark, "hdfs:///beans/*.parquet");
 * FoveaClassifier classifier =
 *     new FoveaTrainer()
 *         .setInputCol("image")
 *         .setLabelCol("label_name")
 *         .setRunFolder("/mnt/shared/runs/beans")
 *         .setSettings(new String[] {"network.model=resnet18", "learning.length=30epochs"})
 *         .fit(photos);
 * }</pre>
 *
 * <p>Each rank is a task of a barrier stage, and takes all cores of its executor. Executors
 * exchange gradients themselves, over connections that they open to each other; they prove a secret
 * that the driver makes for the job and sends with the tasks, so that {@code
 * spark.network.crypto.enabled} or {@code spark.ssl} protects it on its way. If an executor is
 * lost, Spark starts all ranks again, and they go on from the last saved state. The run folder,
 * which has the same files as everywhere, and the data must lie where the driver and all executors
 * see them under the same path.
 *
 * <p>Like all stages of Spark, it is changed by its setters and used by one thread.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class FoveaTrainer extends Estimator<FoveaClassifier>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final String DATA = "data";
  private static final int DEADLINE_SECONDS = 300;
  private static final int MOST_SECONDS = 7 * 24 * 3600;

  private final String uid;
  private final Param<String> recipe;
  private final StringArrayParam settings;
  private final Param<String> data;
  private final Param<String> runFolder;
  private final BooleanParam resume;
  private final Param<String> inputCol;
  private final Param<String> labelCol;
  private final Param<String> validationCol;
  private final StringArrayParam classes;
  private final IntParam ranks;
  private final IntParam threads;
  private final IntParam batchPerRank;
  private final Param<String> scaleRate;
  private final Param<String> wire;
  private final IntParam deadlineSeconds;

  /** A trainer without run folder. */
  public FoveaTrainer() {
    this(Identifiable$.MODULE$.randomUID("foveaTrainer"));
  }

  /** A trainer without run folder and with this name; Spark makes copies with it. */
  public FoveaTrainer(String uid) {
    this.uid = uid;
    recipe = text("recipe", "name or JSON file of the driver; empty to choose by the images");
    settings = new StringArrayParam(this, "settings", "changes of the recipe, each KEY=VALUE");
    data = text("data", "images that every executor can open; empty for those of the DataFrame");
    runFolder = text("runFolder", "folder for all files, seen by driver and executors");
    resume = new BooleanParam(this, "resume", "whether to go on with the run in runFolder");
    inputCol = text("inputCol", "column with images");
    labelCol = text("labelCol", "column with classes, as strings or whole numbers");
    validationCol = text("validationCol", "column that is true for validation; empty for none");
    classes = new StringArrayParam(this, "classes", "names of the classes; empty to find them");
    ranks = number("ranks", "tasks that train together; 0 for one on each executor", 0);
    threads = number("threads", "threads of each rank; 0 for the cores of its executor", 0);
    batchPerRank = number("batchPerRank", "images per step of each rank; 0 for learning.batch", 0);
    scaleRate = text("scaleRate", "what batchPerRank does to the rate: none, linear or sqrt");
    wire = text("wire", "format of gradients on their way: f32 or bf16");
    deadlineSeconds =
        new IntParam(
            this,
            "deadlineSeconds",
            "for ranks to come, and for a slow one",
            ParamValidators.inRange(1, MOST_SECONDS));
    setDefault(recipe, "");
    setDefault(settings, new String[0]);
    setDefault(data, "");
    setDefault(runFolder, "");
    setDefault(resume, false);
    setDefault(inputCol, "content");
    setDefault(labelCol, "label");
    setDefault(validationCol, "");
    setDefault(classes, new String[0]);
    setDefault(ranks, 0);
    setDefault(threads, 0);
    setDefault(batchPerRank, 0);
    setDefault(scaleRate, "none");
    setDefault(wire, "f32");
    setDefault(deadlineSeconds, DEADLINE_SECONDS);
  }

  private Param<String> text(String name, String doc) {
    return new Param<>(this, name, doc);
  }

  private IntParam number(String name, String doc, int least) {
    return new IntParam(this, name, doc, ParamValidators.gtEq(least));
  }

  /** The parameter behind {@link #setRecipe}. */
  public Param<String> recipe() {
    return recipe;
  }

  /** The recipe, by name or JSON file of the driver; empty to choose one by the images. */
  public String getRecipe() {
    return getOrDefault(recipe);
  }

  /**
   * Sets the recipe: a name, or a JSON file of the driver with some of the settings; empty to
   * choose one by the number and size of the images, which the driver must then see.
   */
  public FoveaTrainer setRecipe(String value) {
    set(recipe, value);
    return this;
  }

  /** The parameter behind {@link #setSettings}. */
  public StringArrayParam settings() {
    return settings;
  }

  /** What changes the recipe, each {@code KEY=VALUE}. */
  public String[] getSettings() {
    return getOrDefault(settings);
  }

  /**
   * Sets what changes the recipe, each {@code KEY=VALUE}, for example {@code learning.batch=64};
   * relative paths are those of the driver.
   */
  public FoveaTrainer setSettings(String[] value) {
    set(settings, value);
    return this;
  }

  /** The parameter behind {@link #setData}. */
  public Param<String> data() {
    return data;
  }

  /** The path of images; empty for those of the DataFrame. */
  public String getData() {
    return getOrDefault(data);
  }

  /**
   * Sets the path of images in any of the forms that {@code fovea train --data} reads, which every
   * executor can open; empty for those of the DataFrame.
   */
  public FoveaTrainer setData(String value) {
    set(data, value);
    return this;
  }

  /** The parameter behind {@link #setRunFolder}. */
  public Param<String> runFolder() {
    return runFolder;
  }

  /** The folder for all files of the run. */
  public String getRunFolder() {
    return getOrDefault(runFolder);
  }

  /**
   * Sets the folder for all files of the run, which the driver and all executors see under this
   * path.
   */
  public FoveaTrainer setRunFolder(String value) {
    set(runFolder, value);
    return this;
  }

  /** The parameter behind {@link #setResume}. */
  public BooleanParam resume() {
    return resume;
  }

  /** Whether to go on with the run in the folder. */
  public boolean getResume() {
    return (Boolean) getOrDefault(resume);
  }

  /**
   * Sets whether to go on with the run in the folder, on any number of ranks that divides the
   * batch. The images of a DataFrame are then those that it began with.
   */
  public FoveaTrainer setResume(boolean value) {
    set(resume, value);
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

  /**
   * Sets the column with images, in the forms that {@link FoveaClassifier#setInputCol} takes;
   * {@code content} otherwise.
   */
  public FoveaTrainer setInputCol(String value) {
    set(inputCol, value);
    return this;
  }

  /** The parameter behind {@link #setLabelCol}. */
  public Param<String> labelCol() {
    return labelCol;
  }

  /** The column with classes. */
  public String getLabelCol() {
    return getOrDefault(labelCol);
  }

  /**
   * Sets the column with classes: names, or whole numbers whose names are those of {@link
   * #setClasses} or of the column's metadata, as Spark's {@code StringIndexer} writes them; {@code
   * label} otherwise.
   */
  public FoveaTrainer setLabelCol(String value) {
    set(labelCol, value);
    return this;
  }

  /** The parameter behind {@link #setValidationCol}. */
  public Param<String> validationCol() {
    return validationCol;
  }

  /** The column that is true for images to validate with; empty for none. */
  public String getValidationCol() {
    return getOrDefault(validationCol);
  }

  /**
   * Names the column (boolean) that is true for images to validate with; without one, {@code
   * data.val_fraction} of the images are.
   */
  public FoveaTrainer setValidationCol(String value) {
    set(validationCol, value);
    return this;
  }

  /** The parameter behind {@link #setClasses}. */
  public StringArrayParam classes() {
    return classes;
  }

  /** The names of the classes; empty to find them. */
  public String[] getClasses() {
    return getOrDefault(classes);
  }

  /**
   * Sets the names of the classes in the order of their numbers; empty to take those that occur,
   * sorted.
   */
  public FoveaTrainer setClasses(String[] value) {
    set(classes, value);
    return this;
  }

  /** The parameter behind {@link #setRanks}. */
  public IntParam ranks() {
    return ranks;
  }

  /** How many tasks train together; 0 for one on each executor. */
  public int getRanks() {
    return (Integer) getOrDefault(ranks);
  }

  /** Sets how many tasks train together; 0 for one on each executor. */
  public FoveaTrainer setRanks(int value) {
    set(ranks, value);
    return this;
  }

  /** The parameter behind {@link #setThreads}. */
  public IntParam threads() {
    return threads;
  }

  /** Threads of each rank; 0 for the cores of its executor. */
  public int getThreads() {
    return (Integer) getOrDefault(threads);
  }

  /**
   * Sets the threads of each rank, the same on all; 0 for the cores of its executor, divided by the
   * ranks in it.
   */
  public FoveaTrainer setThreads(int value) {
    set(threads, value);
    return this;
  }

  /** The parameter behind {@link #setBatchPerRank}. */
  public IntParam batchPerRank() {
    return batchPerRank;
  }

  /** Images per step of each rank; 0 to divide {@code learning.batch} among them. */
  public int getBatchPerRank() {
    return (Integer) getOrDefault(batchPerRank);
  }

  /**
   * Sets the images per step of each rank; 0 to divide {@code learning.batch}, which is that of
   * all, among them.
   */
  public FoveaTrainer setBatchPerRank(int value) {
    set(batchPerRank, value);
    return this;
  }

  /** The parameter behind {@link #setScaleRate}. */
  public Param<String> scaleRate() {
    return scaleRate;
  }

  /** What {@code batchPerRank} does to the learning rate. */
  public String getScaleRate() {
    return getOrDefault(scaleRate);
  }

  /**
   * Sets what {@code batchPerRank} does to the learning rate if it changes the batch of a step:
   * {@code none}, {@code linear} or {@code sqrt}.
   */
  public FoveaTrainer setScaleRate(String value) {
    set(scaleRate, value);
    return this;
  }

  /** The parameter behind {@link #setWire}. */
  public Param<String> wire() {
    return wire;
  }

  /** The number format of gradients on their way. */
  public String getWire() {
    return getOrDefault(wire);
  }

  /**
   * Sets the number format of gradients on their way: {@code f32}, or {@code bf16}, which halves
   * the bytes and rounds.
   */
  public FoveaTrainer setWire(String value) {
    set(wire, value);
    return this;
  }

  /** The parameter behind {@link #setDeadlineSeconds}. */
  public IntParam deadlineSeconds() {
    return deadlineSeconds;
  }

  /** How long ranks wait for others. */
  public int getDeadlineSeconds() {
    return (Integer) getOrDefault(deadlineSeconds);
  }

  /**
   * Sets how long to wait for all ranks to come, and then for one that lives but does not get on;
   * 300 seconds otherwise, a week at most. Lost executors are noticed sooner.
   */
  public FoveaTrainer setDeadlineSeconds(int value) {
    set(deadlineSeconds, value);
    return this;
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public FoveaTrainer copy(ParamMap extra) {
    return (FoveaTrainer) defaultCopy(extra);
  }

  /**
   * The schema that the classifier will give.
   *
   * @throws IllegalArgumentException if there is no column with images
   */
  @Override
  public StructType transformSchema(StructType schema) {
    return classifier().transformSchema(schema);
  }

  private FoveaClassifier classifier() {
    return new FoveaClassifier().setInputCol(getInputCol());
  }

  /**
   * Trains on the images of a DataFrame, which its executors first write as shards into {@code
   * data/} of the run folder, or on {@code data} if that is set.
   *
   * @return a classifier with the best model of the run
   * @throws ConfigException if a setting is invalid, or Spark cannot give what the ranks need
   * @throws IllegalArgumentException if a column is missing or of another type
   * @throws dev.fovea.data.image.DataException if too many rows have no readable image or class
   * @throws dev.fovea.collective.CollectiveException if the training failed, with the first error
   *     of every rank, or if this thread was interrupted, which ends the training
   * @throws dev.fovea.checkpoint.CheckpointException if the driver cannot use the run folder, or it
   *     is another than that of the executors
   */
  @Override
  public FoveaClassifier fit(Dataset<?> images) {
    TrainingRequest request = TrainingRequest.of(this);
    request.requireFree();
    SparkContext spark = images.sparkSession().sparkContext();
    int count = request.ranks().requireSlots(spark);
    String source = getData().isEmpty() ? shards(images, request).toString() : getData();
    Path model = request.ranks().train(spark, request.config(source, count), count);
    return classifier().setModel(model.toString()).setParent(this);
  }

  private Path shards(Dataset<?> images, TrainingRequest request) {
    Path shards = request.folder().resolve(DATA);
    if (!getResume() || !LabeledImages.areIn(shards)) {
      new LabeledImages(getInputCol(), getLabelCol(), getValidationCol(), List.of(getClasses()))
          .write(images, shards, request.badFraction());
    }
    return shards;
  }

  /** Reads saved trainers; pipelines do it by this. */
  public static MLReader<FoveaTrainer> read() {
    return new DefaultParamsReadable<FoveaTrainer>() {}.read();
  }

  /** Reads a saved trainer. */
  public static FoveaTrainer load(String path) {
    return read().load(path);
  }
}
