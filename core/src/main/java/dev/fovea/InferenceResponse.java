package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.eval.Prediction;
import dev.fovea.eval.Softmax;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a network says of one image, and how it came to that. Immutable.
 *
 * <pre>{@code
 * float[] pixels = new float[(int) classifier.inputShape().elements()];
 * InferenceResponse response = classifier.infer(InferenceRequest.ofPixels(pixels)).join();
 * System.out.println(response.prediction().best() + ", waited " + response.waited());
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class InferenceResponse {
  private final List<String> classes;
  private final float[] logits;
  private final float @Nullable [] features;
  private final BatchQueue.Timing timing;

  InferenceResponse(List<String> classes, Networks.Answer answer, BatchQueue.Timing timing) {
    this.classes = classes;
    this.logits = answer.logits();
    this.features = answer.features();
    this.timing = timing;
  }

  /** A copy of what the network's last layer computed, one value per class. */
  public float[] logits() {
    return logits.clone();
  }

  /** The probabilities of all classes, in their order: the softmax of the logits. */
  public double[] probabilities() {
    double[] all = Softmax.log(logits, 0, logits.length);
    for (int k = 0; k < all.length; k++) {
      all[k] = StrictMath.exp(all[k]);
    }
    return all;
  }

  /** The classes, most probable first. */
  public Prediction prediction() {
    return Prediction.of(classes, Softmax.log(logits, 0, logits.length));
  }

  /**
   * What the network's last layer read, as {@link Classifier#embed(byte[])} computes it; empty for
   * networks that do not end in a linear layer, since they would have to be run again for it.
   */
  public Optional<Embedding> embedding() {
    return features == null ? Optional.empty() : Optional.of(Embedding.of(features));
  }

  /** The same answer, given again without being computed: its batch is 0, and all times are. */
  public InferenceResponse repeated() {
    return new InferenceResponse(
        classes, new Networks.Answer(logits, features), new BatchQueue.Timing(0, 0, 0, 0));
  }

  /** The number of images that were computed together, this one included; 0 if repeated. */
  public int batchSize() {
    return timing.batch();
  }

  /** From the call of {@code infer} until the turn of this image's batch. */
  public Duration waited() {
    return Duration.ofNanos(timing.waited());
  }

  /** How long this image was decoded, resized and normalized. */
  public Duration decoded() {
    return Duration.ofNanos(timing.decoded());
  }

  /** How long the network was run for the batch. */
  public Duration computed() {
    return Duration.ofNanos(timing.computed());
  }
}
