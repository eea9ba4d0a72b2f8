package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import dev.fovea.data.decode.DecodeLimits;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option about how large an image may be. */
public final class ImageLimit {
  static final String FLAG = "--max-pixels";

  @Option(
      names = FLAG,
      paramLabel = "N",
      description =
          "Millions of pixels above which an image counts as unreadable (default: 250). Images"
              + " above 50 are reduced to that while they are read.")
  private @Nullable Integer megapixels;

  /** What was given, checked. */
  public @Nullable Integer megapixels() {
    if (megapixels != null && (megapixels < 1 || megapixels > DecodeLimits.MOST_MEGAPIXELS)) {
      throw new UsageException(
          FLAG
              + " is "
              + megapixels
              + "; it must be 1 to "
              + DecodeLimits.MOST_MEGAPIXELS
              + " million pixels");
    }
    return megapixels;
  }

  /** The limits of decoding. */
  public DecodeLimits limits() {
    Integer given = megapixels();
    return given == null ? DecodeLimits.STANDARD : DecodeLimits.ofMegapixels(given);
  }
}
