package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.decode.PictureReader;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.LoadedModel;
import dev.fovea.eval.Metric;
import dev.fovea.eval.Outcome;
import dev.fovea.eval.Prediction;
import dev.fovea.eval.Softmax;
import dev.fovea.graph.Cost;
import dev.fovea.program.CompileOptions;
import dev.fovea.tensor.Shape;
import java.awt.image.BufferedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/**
 * Classifies images with a model file.
 *
 * <pre>{@code
 * try (Classifier classifier = Classifier.open(Path.of("model.safetensors"))) {
 *   System.out.println(classifier.predict(Path.of("cat.jpg")).best());
 * }
 * }</pre>
 *
 * <p>Images are files ({@link Path}), the bytes of a file, streams of them, images of AWT, or
 * {@link Picture}s; each is decoded, resized and normalized as the model file says. An image of AWT
 * means the same as the file it was read from: alpha is dropped, gray is gray, other color spaces
 * are converted to sRGB.
 *
 * <p>Safe for any number of threads, and made for many: what they ask while the network runs is
 * computed together afterwards, so open one classifier and share it. An answer does not depend on
 * what it was computed together with, to the last bit. The classifier has threads of its own, which
 * do not keep a program alive, and native memory, which {@link #close} frees.
 */
@Api(Api.Status.STABLE)
public final class Classifier implements AutoCloseable {
  private final LoadedModel model;
  private final Wish prediction;
  private final Wish embedding;
  private final BatchQueue queue;
  private final AsyncInference async;
  private final Workers workers;
  private final int ahead;
  private final DecodeLimits limits;
  private final String precision;

  /** What is asked of an image, and how it is prepared for that. */
  private record Wish(boolean embeds, Preprocessing how) {}

  Classifier(LoadedModel model, ClassifierOptions options) {
    this.model = model;
    Preprocessing usual = model.card().preprocessing().unscored();
    this.prediction = new Wish(false, usual);
    this.embedding = new Wish(true, usual);
    CompileOptions compiled = options.compileOptions(model);
    int many = options.batch(model.graph());
    int threads = compiled.threads();
    ClassifierOptions.Surroundings surroundings = options.surroundings();
    this.limits = surroundings.limits();
    this.precision = model.isQuantized() ? "int8" : compiled.precision().label();
    this.workers = new Workers(threads, "fovea-reader");
    this.ahead = 4 * many + threads;
    SharedCores cores = surroundings.cores();
    // After all that can fail, since it has a thread and memory at once, which nobody would free.
    this.queue =
        new BatchQueue(
            () -> Networks.compile(model, compiled, many, surroundings.compilesAtOnce()),
            many,
            new BatchQueue.Makers(threads, new Workers(Math.max(1, threads - 1), "fovea-decoder")),
            cores == null ? new SharedCores() : cores,
            surroundings.listener());
    this.async = new AsyncInference(queue, options.mostWaiting(), surroundings.answering());
  }

  /**
   * Opens a model file, or the folder of a run that holds one, with all cores and the number format
   * that is fastest on this machine.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static Classifier open(Path model) {
    return open(model, ClassifierOptions.standard());
  }

  /**
   * Opens a model file, or the folder of a run that holds one.
   *
   * @throws dev.fovea.checkpoint.CheckpointException if the file cannot be used
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static Classifier open(Path model, ClassifierOptions options) {
    LoadedModel loaded = LoadedModel.open(ModelPaths.file(model), options.decoding(), Engine.get());
    try {
      return new Classifier(loaded, options);
    } catch (RuntimeException | Error e) {
      loaded.close();
      throw e;
    }
  }

  /** The names of the classes; a class's index is its place in this list. */
  public List<String> classes() {
    return model.card().classes();
  }

  /** The network's name, for example {@code resnet50}. */
  public String network() {
    return model.graph().title();
  }

  /** The shape of what the network reads for one image: (C, H, W). */
  public Shape inputShape() {
    return model.card().input();
  }

  /** The number format that it computes in: {@code f32}, {@code bf16} or {@code int8}. */
  public String numberFormat() {
    return precision;
  }

  /** The number of trained values, auxiliary classifiers included. */
  public long parameters() {
    return Cost.of(model.graph()).parameters();
  }

  /**
   * How images become the network's input, as the model file has it: {@code resize_shorter}, {@code
   * mean}, {@code std}, {@code channel_order} and others, as numbers, strings and lists.
   */
  public Map<String, Object> preprocessing() {
    return Collections.unmodifiableMap(prediction.how.toMap());
  }

  /** What was measured with these weights, for example {@code top1}; fractions. */
  public Map<String, Double> metrics() {
    return model.card().metrics();
  }

  /**
   * Reads the header of an encoded image as {@link #infer} does, within its limit of pixels.
   *
   * @param name for messages
   * @throws DataException if it is no image, or has more pixels
   */
  public Picture picture(byte[] file, String name) {
    return ImageDecoder.open(file, name, limits);
  }

  /** Whether it can answer: it is not closed, and no fault has ended its thread. */
  public boolean isAnswering() {
    return queue.isWorking();
  }

  /** The number of images of {@link #predictAsync} and {@link #infer} that have no answer yet. */
  public int waiting() {
    return async.waiting();
  }

  /**
   * Classifies the image in a file.
   *
   * @throws DataException if it cannot be read, naming it
   */
  public Prediction predict(Path file) {
    return predictOne(file);
  }

  /**
   * Classifies an encoded image, for example the content of a JPEG file.
   *
   * @throws DataException if it cannot be decoded
   */
  public Prediction predict(byte[] file) {
    return predictOne(file);
  }

  /**
   * Classifies the encoded image in a stream, which is read to its end and not closed.
   *
   * @throws DataException if it cannot be read or decoded
   */
  public Prediction predict(InputStream file) {
    return predictOne(file);
  }

  /** Classifies an image of AWT of any type. */
  public Prediction predict(BufferedImage image) {
    return predictOne(image);
  }

  /** Classifies a picture, decoded as far as it is needed. */
  public Prediction predict(Picture picture) {
    return predictOne(picture);
  }

  private Prediction predictOne(Object source) {
    return prediction(one(source, prediction));
  }

  /**
   * Classifies images together.
   *
   * @param images of any of the types of the other methods, also mixed
   * @return predictions in the order of the images
   * @throws DataException if an image cannot be read, naming it by its path or its place in the
   *     list; use {@link #predictEach} to have the others
   */
  public List<Prediction> predict(List<?> images) {
    return each(images, prediction, (i, answer) -> prediction(answer), unreadable(images.size()));
  }

  /**
   * Classifies images together, those that can be read.
   *
   * @param images of any of the types of the other methods, also mixed
   * @return for each image, in their order, the prediction or the reason why there is none
   */
  public List<Outcome> predictEach(List<?> images) {
    return each(
        images,
        prediction,
        (i, answer) ->
            new Outcome.Seen(i, PictureReader.name(images.get(i), i), prediction(answer)),
        (i, e) ->
            new Outcome.Unreadable(
                i, PictureReader.name(images.get(i), i), String.valueOf(e.getMessage())));
  }

  /** What becomes of one image of a list. */
  private interface Each<A, T> {
    T of(int index, A result);
  }

  // Files are read by the workers, a bounded number ahead of the answers.
  private <T> List<T> each(
      List<?> images, Wish wish, Each<Networks.Answer, T> seen, Each<DataException, T> unreadable) {
    queue.admit();
    ArrayDeque<CompletableFuture<Networks.Answer>> open = new ArrayDeque<>();
    try {
      List<T> all = new ArrayList<>();
      for (int i = 0; i < images.size() || !open.isEmpty(); ) {
        if (i < images.size() && open.size() < ahead) {
          Object source = images.get(i);
          String name = PictureReader.name(source, i);
          open.add(workers.start(() -> submit(source, name, wish)));
          i++;
        } else {
          try {
            all.add(seen.of(all.size(), BatchQueue.await(open.remove())));
          } catch (DataException e) {
            all.add(unreadable.of(all.size(), e));
          }
        }
      }
      return all;
    } finally {
      // After a failure: the queue must not end before what it was given.
      open.forEach(rest -> rest.handle((answer, failure) -> true).join());
      queue.leave();
    }
  }

  private CompletableFuture<Networks.Answer> submit(Object source, String name, Wish wish) {
    // A file or stream may be slow, so it is read before its turn to be decoded.
    Picture picture =
        source instanceof LatePicture late ? late.open() : PictureReader.open(source, name);
    return queue.submit(wish.embeds, () -> wish.how.apply(picture));
  }

  private Networks.Answer one(Object source, Wish wish) {
    queue.admit();
    try {
      return BatchQueue.await(submit(source, "(in memory)", wish));
    } finally {
      queue.leave();
    }
  }

  private Prediction prediction(Networks.Answer answer) {
    return Prediction.of(classes(), logs(answer));
  }

  /**
   * Classifies the image in a file without waiting for the result.
   *
   * @return completes on a thread of the common pool; fails with a {@link DataException} if the
   *     image cannot be read, with a {@link RejectedExecutionException} if too many images wait
   *     ({@link ClassifierOptions#waiting}), and with an {@link IllegalStateException} if the
   *     classifier is closed
   */
  public CompletionStage<Prediction> predictAsync(Path file) {
    return later(file);
  }

  /** Does the same for an encoded image, which must not be changed meanwhile. */
  public CompletionStage<Prediction> predictAsync(byte[] file) {
    return later(file);
  }

  /** Does the same for a stream, which is read by another thread and not closed. */
  public CompletionStage<Prediction> predictAsync(InputStream file) {
    return later(file);
  }

  /** Does the same for an image of AWT, which is copied first. */
  public CompletionStage<Prediction> predictAsync(BufferedImage image) {
    return later(PictureReader.image(image));
  }

  /** Does the same for a picture. */
  public CompletionStage<Prediction> predictAsync(Picture picture) {
    return later(picture);
  }

  private CompletionStage<Prediction> later(Object source) {
    return async
        .read(
            () -> workers.start(() -> submit(source, "(in memory)", prediction)), this::prediction)
        .minimalCompletionStage();
  }

  /**
   * Classifies an image without waiting for the result, for servers: with a limit of time, what the
   * network computed, and how long it took.
   *
   * @return completes on a thread of the common pool, or of {@link ClassifierOptions#answering};
   *     fails with a {@link DataException} if the image cannot be read or does not fit the network,
   *     with a {@link java.util.concurrent.TimeoutException} if its time passed before it was
   *     computed, at once with a {@link RejectedExecutionException} if too many images wait ({@link
   *     ClassifierOptions#waiting}), and with an {@link IllegalStateException} if the classifier is
   *     closed. An image whose result is cancelled is not computed, unless the network has begun
   *     with it.
   */
  public CompletableFuture<InferenceResponse> infer(InferenceRequest request) {
    return infer(List.of(request)).get(0);
  }

  /**
   * Does the same for several images, which are admitted together or not at all; each fails alone
   * otherwise.
   *
   * @return in the order of the requests
   * @throws IllegalArgumentException if they are more than may ever wait at once
   */
  public List<CompletableFuture<InferenceResponse>> infer(List<InferenceRequest> requests) {
    List<Supplier<BatchQueue.Item>> items = new ArrayList<>();
    for (InferenceRequest request : List.copyOf(requests)) {
      items.add(
          () ->
              new BatchQueue.Item(
                  request.prepared(prediction.how, limits), false, request.limit().orElse(null)));
    }
    return async.queue(
        items, (item, answer) -> new InferenceResponse(classes(), answer, item.timing()));
  }

  /**
   * Computes what the network sees in the image of a file: the values that its last layer reads,
   * for search and clustering.
   *
   * @throws DataException if the file cannot be read, naming it
   * @throws dev.fovea.graph.GraphException if the network has no single last layer
   */
  public Embedding embed(Path file) {
    return embedOne(file);
  }

  /** Does the same for an encoded image. */
  public Embedding embed(byte[] file) {
    return embedOne(file);
  }

  /** Does the same for a stream, which is read to its end and not closed. */
  public Embedding embed(InputStream file) {
    return embedOne(file);
  }

  /** Does the same for an image of AWT. */
  public Embedding embed(BufferedImage image) {
    return embedOne(image);
  }

  /** Does the same for a picture. */
  public Embedding embed(Picture picture) {
    return embedOne(picture);
  }

  /**
   * Does the same for many images.
   *
   * @param images as in {@link #predict(List)}
   * @throws DataException if one cannot be read, naming it by its path or its place in the list
   */
  public List<Embedding> embed(List<?> images) {
    return each(
        images,
        embedding,
        (i, answer) -> Embedding.ofFeatures(answer.features()),
        unreadable(images.size()));
  }

  private Embedding embedOne(Object source) {
    return Embedding.ofFeatures(one(source, embedding).features());
  }

  /**
   * Measures how well the classifier does on labeled images.
   *
   * @param images with classes that the model has; unreadable ones are left out
   * @param metrics further figures to compute, see {@link Evaluation#metrics}
   * @throws DataException if a class is unknown to the model, or no image can be read
   */
  public Evaluation evaluate(LabeledImages images, Metric... metrics) {
    return Evaluations.of(classes(), images, List.of(metrics), this::scored);
  }

  /** The logarithms of the probabilities of each image; fails as {@link #predict(List)}. */
  List<double[]> logProbabilities(List<?> images) {
    return each(images, prediction, (i, answer) -> logs(answer), unreadable(images.size()));
  }

  /**
   * The logarithms of the probabilities of each image, decoded as evaluations do; empty for those
   * that cannot be read.
   */
  List<Optional<double[]>> scored(List<LatePicture> images) {
    return each(
        images,
        new Wish(false, model.card().preprocessing()),
        (i, answer) -> Optional.of(logs(answer)),
        (i, e) -> Optional.empty());
  }

  private static double[] logs(Networks.Answer answer) {
    return Softmax.log(answer.logits(), 0, answer.logits().length);
  }

  private static <T> Each<DataException, T> unreadable(int images) {
    return (i, e) -> {
      throw new DataException("image " + i + " of " + images + ": " + e.getMessage(), e);
    };
  }

  /**
   * Answers all that has been asked, then frees threads and memory. Calls that come later fail with
   * an {@link IllegalStateException}. Closing again has no effect.
   */
  @Override
  public void close() {
    queue.close();
    workers.close();
    model.close();
  }
}
