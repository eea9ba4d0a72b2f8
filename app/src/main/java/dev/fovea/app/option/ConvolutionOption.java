package dev.fovea.app.option;

import dev.fovea.program.ConvolutionAlgorithm;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The option that says how convolutions are computed: its words and its values. */
public final class ConvolutionOption implements ITypeConverter<ConvolutionAlgorithm> {
  /** What its values mean, without the period. */
  public static final String DESCRIPTION =
      "auto picks Winograd convolutions where they are faster, direct computes every convolution by"
          + " its definition, fast uses Winograd wherever it can, with bf16 products";

  @Override
  public ConvolutionAlgorithm convert(String value) {
    try {
      return ConvolutionAlgorithm.parse(value.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
