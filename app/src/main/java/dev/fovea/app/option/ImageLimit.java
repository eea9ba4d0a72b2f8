package dev.fovea.app.option;

import dev.fovea.app.console.UsageException;
import dev.fovea.data.decode.DecodeLimits;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that limits the size of images. */
public final class ImageLimit {
  static final String FLAG = "--max-pixels";

  @Option(
      names = FLAG,
      paramLabel = "N",
      description =
          "Largest accepted image in millions of pixels; larger ones count as unreadable (default:"
              + " 250). Images above 50 are downscaled to that while decoding.")
  private @Nullable Integer megapixels;

  /** The given value, checked; null if there is none. */
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

  /** The limits for decoding. */
  public DecodeLimits limits() {
    Integer given = megapixels();
    return given == null ? DecodeLimits.STANDARD : DecodeLimits.ofMegapixels(given);
  }
}
