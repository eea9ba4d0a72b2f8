package dev.fovea.app.option;

import dev.fovea.data.image.Decoding;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that replaces how far pictures are decoded for a model. */
public final class DecodeOfModel {
  @Option(
      names = "--decode",
      paramLabel = "exact|fast|auto",
      converter = DecodeOption.class,
      description =
          "How far pictures are decoded: "
              + DecodeOption.DESCRIPTION
              + " (default: as stored in the model).")
  private @Nullable Decoding decode;

  /** The given value; empty for that of the model. */
  public Optional<Decoding> given() {
    return Optional.ofNullable(decode);
  }
}
