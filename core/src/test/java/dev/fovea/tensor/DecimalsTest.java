package dev.fovea.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecimalsTest {
  @ParameterizedTest
  @CsvSource({
    "%.4f,    -0.00004,  0.0000",
    "%.4f,    -0.00006,  -0.0001",
    "%.4f,    -0.0,      0.0000",
    "%.0f %%, -0.4,      0 %",
    "%+.2f,   -0.001,    0.00",
    "%+.2f,   -0.01,     -0.01",
    "%.2e,    -0.0,      0.00e+00",
    "%.2e,    -0.001,    -1.00e-03",
    "%.1f.,   -0.01,     0.0.",
    "x-%.1f,  0.0,       x-0.0",
  })
  void aNegativeZeroLosesItsSign(String format, double value, String expected) {
    assertThat(Decimals.format(format, value)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0, image, 0 images",
    "1, image, 1 image",
    "2, image, 2 images",
    "1, class, 1 class",
    "3, class, 3 classes",
    "3, box, 3 boxes",
    "3, batch, 3 batches",
    "1000, class, 1000 classes",
  })
  void thingsAreCountedInWords(long n, String thing, String expected) {
    assertThat(Decimals.count(n, thing)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, 0",
    "-1.5, -1.50",
    "12.345, 12.3",
    "123456, 1.23e+05",
    "99999, 99999",
    "0.00123, 0.00123",
    "-0.000123, -1.23e-04",
    "0.1, 0.100",
    "1, 1.00",
  })
  void aValueHasThreeSignificantDigits(double value, String expected) {
    assertThat(Decimals.significant(value)).isEqualTo(expected);
  }
}
