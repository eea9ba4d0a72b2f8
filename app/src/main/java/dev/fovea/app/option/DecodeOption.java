package dev.fovea.app.option;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The option that says how far pictures are decoded: its words and its values. */
public final class DecodeOption implements ITypeConverter<Decoding> {
  /** What its values mean, without the period. */
  public static final String DESCRIPTION =
      "exact decodes all pixels, fast leaves out the high frequencies of a JPEG at least six times"
          + " as large as wanted, auto is fast in training and prediction and exact in evaluation";

  @Override
  public Decoding convert(String value) {
    try {
      return Decoding.parse(value.toLowerCase(Locale.ROOT));
    } catch (DataException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }

  /** The decoding of a prediction, as part of a list: {@code decode fast (auto)}. */
  public static String ofPrediction(Decoding decoding) {
    return explanation(decoding, decoding.unscored());
  }

  /** The decoding of an evaluation, as part of a list: {@code decode exact (auto)}. */
  public static String ofEvaluation(Decoding decoding) {
    return explanation(decoding, decoding == Decoding.AUTO ? Decoding.EXACT : decoding);
  }

  /** The decoding of a run, as part of a list. */
  public static String ofTraining(Decoding decoding) {
    return "decode "
        + decoding.label()
        + (decoding == Decoding.AUTO ? " (training fast, validation exact)" : "");
  }

  private static String explanation(Decoding setting, Decoding taken) {
    return "decode " + taken.label() + (setting == Decoding.AUTO ? " (auto)" : "");
  }
}
