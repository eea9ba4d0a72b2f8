package dev.fovea.app.option;

import dev.fovea.ClassifierOptions;
import dev.fovea.app.console.UsageException;
import dev.fovea.program.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command that keeps classifiers open. */
public final class ClassifierFlags {
  /** The values of {@code --precision}. */
  enum Wanted {
    /** The faster one on this machine. */
    auto,
    /** binary32. */
    f32,
    /** bfloat16. */
    bf16
  }

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Images that are computed together at most, if so many wait (default: 4 or 8, by the"
              + " network).")
  private @Nullable Integer batch;

  @Option(
      names = "--precision",
      paramLabel = "auto|f32|bf16",
      description =
          "Number format; auto measures briefly and takes the faster one (default:"
              + " ${DEFAULT-VALUE}).")
  private Wanted precision = Wanted.auto;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the engine; 0 uses all cores (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Mixin private DecodeOfModel decode = new DecodeOfModel();

  /**
   * Checks that the number format that was asked for applies to a model, as {@link
   * InferenceOptions#checkApplies(List, Predicate)} does.
   */
  public Optional<String> checkApplies(List<Path> models) {
    List<String> given = precision == Wanted.auto ? List.of() : List.of("--precision " + precision);
    return InferenceOptions.checkApplies(given, models, NamedNetwork::isQuantized);
  }

  /** The options of a classifier. */
  public ClassifierOptions options() {
    Positive.check("--batch", batch);
    if (threads < 0) {
      throw new UsageException("--threads is " + threads + "; it must be 0 (all cores) or more");
    }
    ClassifierOptions options = ClassifierOptions.standard();
    if (batch != null) {
      options = options.batch(batch);
    }
    if (threads > 0) {
      options = options.threads(threads);
    }
    if (precision != Wanted.auto) {
      options = options.precision(precision == Wanted.f32 ? Precision.F32 : Precision.BF16);
    }
    return decode.given().map(options::decoding).orElse(options);
  }
}
