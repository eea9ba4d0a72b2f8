package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.Decoding;
import dev.fovea.eval.LoadedModel;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Classifier} runs. Immutable; each method returns a copy.
 *
 * <pre>{@code
 * ClassifierOptions options = ClassifierOptions.standard().threads(1).precision(Precision.F32);
 * try (Classifier classifier = Classifier.open(Path.of("model.safetensors"), options)) {
 *   System.out.println(classifier.predict(Path.of("cat.jpg")).top(5));
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class ClassifierOptions {
  private static final int MOST_WAITING = 256;

  // Multiply-adds of a step beyond which larger batches gain nothing: six images of ResNet-50.
  private static final double STEP_WORK = 24e9;
  private static final int LARGEST_BATCH = 8;
  private static final int SMALLEST_BATCH = 4;

  private static final ClassifierOptions STANDARD =
      new ClassifierOptions(0, null, null, 0, MOST_WAITING, Surroundings.NONE);

  private final int threads;
  private final @Nullable Precision precision;
  private final @Nullable Decoding decoding;
  private final int batch;
  private final int mostWaiting;
  private final Surroundings surroundings;

  /** What a classifier in a server has to do with others. */
  record Surroundings(
      @Nullable SharedCores cores,
      @Nullable Executor answering,
      InferenceListener listener,
      DecodeLimits limits,
      boolean compilesAtOnce) {
    static final Surroundings NONE =
        new Surroundings(null, null, (images, a, b) -> {}, DecodeLimits.STANDARD, false);
  }

  private ClassifierOptions(
      int threads,
      @Nullable Precision precision,
      @Nullable Decoding decoding,
      int batch,
      int mostWaiting,
      Surroundings surroundings) {
    this.threads = threads;
    this.precision = precision;
    this.decoding = decoding;
    this.batch = batch;
    this.mostWaiting = mostWaiting;
    this.surroundings = surroundings;
  }

  /**
   * All cores, the number format that is fastest on this machine, the decoding of the model file, a
   * batch size that suits the network, and at most 256 waiting images.
   */
  public static ClassifierOptions standard() {
    return STANDARD;
  }

  /** Uses this number of threads for the network, and as many for decoding images between. */
  public ClassifierOptions threads(int number) {
    return new ClassifierOptions(
        positive("threads", number), precision, decoding, batch, mostWaiting, surroundings);
  }

  /** Computes in this number format. */
  public ClassifierOptions precision(Precision format) {
    return new ClassifierOptions(threads, format, decoding, batch, mostWaiting, surroundings);
  }

  /** Decodes images this far, in place of what the model file says. */
  public ClassifierOptions decoding(Decoding how) {
    return new ClassifierOptions(threads, precision, how, batch, mostWaiting, surroundings);
  }

  /**
   * Computes at most this many images together; 1 saves the memory of a second program, which is
   * taken when enough images wait at once, and costs throughput.
   */
  public ClassifierOptions batch(int images) {
    return new ClassifierOptions(
        threads, precision, decoding, positive("batch", images), mostWaiting, surroundings);
  }

  /**
   * Lets at most this many images of {@link Classifier#predictAsync} and {@link Classifier#infer}
   * wait.
   */
  public ClassifierOptions waiting(int images) {
    return new ClassifierOptions(
        threads, precision, decoding, batch, positive("waiting", images), surroundings);
  }

  /** Takes turns with all classifiers that share these cores. */
  public ClassifierOptions sharing(SharedCores cores) {
    Surroundings s = surroundings;
    return with(new Surroundings(cores, s.answering, s.listener, s.limits, s.compilesAtOnce));
  }

  /**
   * Completes the answers of {@link Classifier#predictAsync} and {@link Classifier#infer} on these
   * threads, in place of those of the JDK's common pool; what hangs on the answers runs there.
   */
  public ClassifierOptions answering(Executor threads) {
    Surroundings s = surroundings;
    return with(new Surroundings(s.cores, threads, s.listener, s.limits, s.compilesAtOnce));
  }

  /** Tells this listener of every batch. */
  public ClassifierOptions listener(InferenceListener listener) {
    Surroundings s = surroundings;
    return with(new Surroundings(s.cores, s.answering, listener, s.limits, s.compilesAtOnce));
  }

  /**
   * Refuses images of {@link Classifier#infer} with more pixels than this; 250 megapixels are the
   * limit otherwise.
   *
   * @throws dev.fovea.data.image.DataException if no such limit is possible
   */
  public ClassifierOptions megapixels(int most) {
    Surroundings s = surroundings;
    return with(
        new Surroundings(
            s.cores, s.answering, s.listener, DecodeLimits.ofMegapixels(most), s.compilesAtOnce));
  }

  /**
   * Compiles the program for many images when the classifier is opened, and checks it, in place of
   * waiting until it is worthwhile: a server's first busy moment is then as fast as later ones.
   */
  public ClassifierOptions compilingAtOnce() {
    Surroundings s = surroundings;
    return with(new Surroundings(s.cores, s.answering, s.listener, s.limits, true));
  }

  private ClassifierOptions with(Surroundings other) {
    return new ClassifierOptions(threads, precision, decoding, batch, mostWaiting, other);
  }

  private static int positive(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(what + " must be at least 1, got " + number);
    }
    return number;
  }

  Optional<Decoding> decoding() {
    return Optional.ofNullable(decoding);
  }

  int mostWaiting() {
    return mostWaiting;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  CompileOptions compileOptions(LoadedModel model) {
    CompileOptions any =
        new CompileOptions(
            1,
            Precision.F32,
            CompileOptions.Memory.NORMAL,
            threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    // 8-bit integers leave no number format to choose.
    if (model.isQuantized()) {
      return any;
    }
    return any.withPrecision(
        precision == null
            ? model.backend().fastestPrecision(any.convolution()).precision()
            : precision);
  }

  int batch(Graph graph) {
    if (batch > 0) {
      return batch;
    }
    return Cost.of(graph.withoutAuxiliary()).images(STEP_WORK, SMALLEST_BATCH, LARGEST_BATCH);
  }
}
