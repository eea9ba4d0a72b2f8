package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.image.Decoding;
import dev.fovea.eval.LoadedModel;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import java.util.Optional;
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

  // Multiply-adds of a step beyond which larger batches gain nothing: four images of ResNet-50.
  private static final double STEP_WORK = 16e9;
  private static final int LARGEST_BATCH = 8;
  private static final int SMALLEST_BATCH = 4;

  private static final ClassifierOptions STANDARD =
      new ClassifierOptions(0, null, null, 0, MOST_WAITING);

  private final int threads;
  private final @Nullable Precision precision;
  private final @Nullable Decoding decoding;
  private final int batch;
  private final int mostWaiting;

  private ClassifierOptions(
      int threads,
      @Nullable Precision precision,
      @Nullable Decoding decoding,
      int batch,
      int mostWaiting) {
    this.threads = threads;
    this.precision = precision;
    this.decoding = decoding;
    this.batch = batch;
    this.mostWaiting = mostWaiting;
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
        positive("threads", number), precision, decoding, batch, mostWaiting);
  }

  /** Computes in this number format. */
  public ClassifierOptions precision(Precision format) {
    return new ClassifierOptions(threads, format, decoding, batch, mostWaiting);
  }

  /** Decodes images this far, in place of what the model file says. */
  public ClassifierOptions decoding(Decoding how) {
    return new ClassifierOptions(threads, precision, how, batch, mostWaiting);
  }

  /**
   * Computes at most this many images together; 1 saves the memory of a second program, which is
   * taken when enough images wait at once, and costs throughput.
   */
  public ClassifierOptions batch(int images) {
    return new ClassifierOptions(
        threads, precision, decoding, positive("batch", images), mostWaiting);
  }

  /** Lets at most this many images of {@link Classifier#predictAsync} wait. */
  public ClassifierOptions waiting(int images) {
    return new ClassifierOptions(threads, precision, decoding, batch, positive("waiting", images));
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
    long work = Cost.of(graph.withoutAuxiliary()).multiplyAdds();
    int images = LARGEST_BATCH;
    while (images > SMALLEST_BATCH && (double) images * work > STEP_WORK * 1.5) {
      images /= 2;
    }
    return images;
  }
}
