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
}
