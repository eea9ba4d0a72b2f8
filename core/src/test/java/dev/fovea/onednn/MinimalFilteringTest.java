package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.convolution.MinimalFilter;
import dev.fovea.convolution.Tiling;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The matrices whose errors {@link ConvolutionErrorBound} bounds are those that are used. */
class MinimalFilteringTest {
  @ParameterizedTest
  @ValueSource(ints = {3, 5, 7})
  void theBoundIsOfTheMatricesThatAreUsed(int taps) {
    MinimalFiltering bound = ConvolutionErrorBound.along(taps);
    Tiling tiling = Tiling.of(taps, taps == 7 ? 1 : taps).orElseThrow();
    MinimalFilter used = tiling.vertical().orElseThrow();
    assertThat(used.output()).isDeepEqualTo(bound.a());
    assertThat(used.filter()).isDeepEqualTo(bound.g());
    assertThat(used.input()).isDeepEqualTo(bound.b());
  }
}
