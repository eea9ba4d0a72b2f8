package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.image.Decoding;
import dev.fovea.explanation.Baseline;
import dev.fovea.explanation.Turns;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How an {@link Explainer} runs. Immutable; each method returns a copy.
 *
 * <pre>{@code
 * ExplainerOptions options = ExplainerOptions.standard().threads(2).layer("layer3.5.relu");
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class ExplainerOptions {
  // Multiply-adds of a step beyond which larger batches gain nothing: six images of ResNet-50.
  private static final double STEP_WORK = 24e9;
  private static final int LARGEST_BATCH = 32;

  private static final ExplainerOptions STANDARD =
      new ExplainerOptions(0, null, 0, null, Baseline.MEAN, Turns.NONE);

  private final int threads;
  private final @Nullable Decoding decoding;
  private final int batch;
  private final @Nullable String layer;
  private final Baseline baseline;
  private final Turns turns;

  private ExplainerOptions(
      int threads,
      @Nullable Decoding decoding,
      int batch,
      @Nullable String layer,
      Baseline baseline,
      Turns turns) {
    this.threads = threads;
    this.decoding = decoding;
    this.batch = batch;
    this.layer = layer;
    this.baseline = baseline;
    this.turns = turns;
  }

  /**
   * All cores, the decoding of the model file, a batch size that suits the network, the layer found
   * from the network, and the mean color as baseline.
   */
  public static ExplainerOptions standard() {
    return STANDARD;
  }

  /** Uses this number of threads for the network. */
  public ExplainerOptions threads(int number) {
    return new ExplainerOptions(
        positive("threads", number), decoding, batch, layer, baseline, turns);
  }

  /** Decodes images this far, in place of what the model file says. */
  public ExplainerOptions decoding(Decoding how) {
    return new ExplainerOptions(threads, how, batch, layer, baseline, turns);
  }

  /**
   * Runs at most this many images, or changed copies of one, at a time. The memory grows with it,
   * and with the methods that are used: the program of each is kept until the explainer is closed.
   */
  public ExplainerOptions batch(int images) {
    return new ExplainerOptions(
        threads, decoding, positive("batch", images), layer, baseline, turns);
  }

  /** Has Grad-CAM and HiResCAM read the layer with this name, in place of the one they find. */
  public ExplainerOptions layer(String name) {
    return new ExplainerOptions(threads, decoding, batch, name, baseline, turns);
  }

  /** What stands for "nothing to see" in integrated gradients and occlusion. */
  public ExplainerOptions baseline(Baseline nothing) {
    return new ExplainerOptions(threads, decoding, batch, layer, nothing, turns);
  }

  /** Takes turns with the classifiers that share these cores, batch by batch. */
  public ExplainerOptions sharing(SharedCores cores) {
    return new ExplainerOptions(
        threads,
        decoding,
        batch,
        layer,
        baseline,
        work ->
            cores.use(
                () -> {
                  work.run();
                  return true;
                }));
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

  Optional<String> layer() {
    return Optional.ofNullable(layer);
  }

  Baseline baseline() {
    return baseline;
  }

  Turns turns() {
    return turns;
  }

  CompileOptions compileOptions() {
    int own = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    return new CompileOptions(1, Precision.F32, CompileOptions.Memory.NORMAL, own);
  }

  int batch(Graph graph) {
    if (batch > 0) {
      return batch;
    }
    return Cost.of(graph.withoutAuxiliary()).images(STEP_WORK, 1, LARGEST_BATCH);
  }
}
