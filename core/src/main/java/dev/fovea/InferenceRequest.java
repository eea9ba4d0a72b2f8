package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.tensor.Decimals;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One image for {@link Classifier#infer(InferenceRequest)}, and how long its answer is of use.
 * Immutable; what it was made of must not be changed until it is answered.
 *
 * <pre>{@code
 * InferenceRequest request =
 *     InferenceRequest.ofImage(Files.readAllBytes(Path.of("cat.jpg")))
 *         .within(Duration.ofMillis(200));
 * classifier
 *     .infer(request)
 *     .thenAccept(response -> System.out.println(response.prediction().best()));
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class InferenceRequest {
  private final Content content;
  private final String name;
  private final @Nullable Duration limit;

  /** What is to be classified. */
  private sealed interface Content {
    /**
     * Checks what can be checked at once, and returns what makes the values for the network.
     *
     * @throws DataException if they cannot be made
     */
    Supplier<float[]> prepared(String name, Preprocessing how, DecodeLimits limits);
  }

  private record Encoded(byte[] file) implements Content {
    @Override
    public Supplier<float[]> prepared(String name, Preprocessing how, DecodeLimits limits) {
      Picture picture = ImageDecoder.open(file, name, limits);
      return () -> how.apply(picture);
    }
  }

  private record Decoded(Picture picture) implements Content {
    @Override
    public Supplier<float[]> prepared(String name, Preprocessing how, DecodeLimits limits) {
      return () -> how.apply(picture);
    }
  }

  private record Normalized(float[] values) implements Content {
    @Override
    public Supplier<float[]> prepared(String name, Preprocessing how, DecodeLimits limits) {
      int expected = how.channels() * how.height() * how.width();
      if (values.length != expected) {
        throw new DataException(
            name
                + " has "
                + Decimals.count(values.length, "value")
                + "; the network's input has "
                + expected
                + ": "
                + Decimals.count(how.channels(), "channel")
                + " of "
                + Decimals.count(how.height(), "row")
                + " of "
                + Decimals.count(how.width(), "value"));
      }
      // A ReLU would make 0 of NaN, and the answer would look like any other.
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          throw new DataException(
              name + ": value " + i + " is " + values[i] + "; all must be finite numbers");
        }
      }
      return () -> values;
    }
  }

  private InferenceRequest(Content content, String name, @Nullable Duration limit) {
    this.content = content;
    this.name = name;
    this.limit = limit;
  }

  private static InferenceRequest of(Content content) {
    return new InferenceRequest(content, "(in memory)", null);
  }

  /** Asks about an encoded image, for example the content of a JPEG file; it is not copied. */
  public static InferenceRequest ofImage(byte[] file) {
    return of(new Encoded(file));
  }

  /** Asks about a picture, which is resized and normalized as the model file says. */
  public static InferenceRequest ofPicture(Picture picture) {
    return of(new Decoded(picture));
  }

  /**
   * Asks about the values that the network reads, which are neither resized nor normalized; they
   * must be finite.
   *
   * @param values in the order (C, H, W) of {@link Classifier#inputShape}; not copied
   */
  public static InferenceRequest ofPixels(float[] values) {
    return of(new Normalized(values));
  }

  /**
   * Limits the time from the call of {@code infer} until the image is computed: if it still waits
   * then, it is not computed, and fails with a {@link java.util.concurrent.TimeoutException}. If
   * the network has begun with it, it is answered. Zero and less have passed already.
   */
  public InferenceRequest within(Duration time) {
    return new InferenceRequest(content, name, time);
  }

  /** Names the image, for messages about it. */
  public InferenceRequest named(String what) {
    return new InferenceRequest(content, what, limit);
  }

  /** The encoded image, not copied; empty if it was made of something else. */
  public Optional<byte[]> image() {
    return content instanceof Encoded encoded ? Optional.of(encoded.file) : Optional.empty();
  }

  Optional<Duration> limit() {
    return Optional.ofNullable(limit);
  }

  /**
   * What makes the values for the network.
   *
   * @throws DataException if it is known at once that they cannot be made
   */
  Supplier<float[]> prepared(Preprocessing how, DecodeLimits limits) {
    return content.prepared(name, how, limits);
  }
}
