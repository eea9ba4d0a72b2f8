package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HeatMapTest {
  private static HeatMap map(int height, int width, float... values) {
    return new HeatMap(height, width, values);
  }

  @Test
  void theRangeKeepsItsSign() {
    HeatMap map = map(2, 2, -3, -1, 0.5f, 2);
    assertThat(map.min()).isEqualTo(-3);
    assertThat(map.max()).isEqualTo(2);
    assertThat(map.peak()).isEqualTo(3);
    assertThat(map.sum()).isEqualTo(-1.5);
    assertThat(map.at(1, 0)).isEqualTo(0.5f);
    assertThat(map.positive()).isEqualTo(map(2, 2, 0, 0, 0.5f, 2));
    assertThat(map.normalized()).isEqualTo(map(2, 2, -1, -1 / 3f, 0.5f / 3, 2 / 3f));
    assertThat(map.isAllNegative()).isFalse();
    assertThat(map(1, 2, -2, -1).isAllNegative()).isTrue();
    assertThat(map(1, 2, -2, 0).isAllNegative()).isFalse();
  }

  @Test
  void aMapOfZerosIsNotDividedByItself() {
    HeatMap zero = map(1, 3, 0, 0, 0);
    assertThat(zero.isZero()).isTrue();
    assertThat(zero.normalized()).isEqualTo(zero);
    assertThat(zero.positive()).isEqualTo(zero);
  }

  @Test
  void resizingInterpolatesBetweenTheCentersOfCells() {
    // torch.nn.functional.interpolate([[0., 4.]], size=(1, 8), mode="bilinear")
    assertThat(map(1, 2, 0, 4).resized(1, 8).values())
        .containsExactly(0, 0, 0.5f, 1.5f, 2.5f, 3.5f, 4, 4);
    assertThat(map(2, 2, 0, 2, 4, 6).resized(4, 4).values())
        .containsExactly(0, 0.5f, 1.5f, 2, 1, 1.5f, 2.5f, 3, 3, 3.5f, 4.5f, 5, 4, 4.5f, 5.5f, 6);
    assertThat(map(2, 2, 0, 2, 4, 6).resized(2, 2)).isEqualTo(map(2, 2, 0, 2, 4, 6));
    assertThat(map(1, 1, 7).resized(2, 3)).isEqualTo(map(2, 3, 7, 7, 7, 7, 7, 7));
  }

  @Test
  void theFileOfNumpyIsWhatNumpyWrites() {
    // numpy.save of numpy.array([[1, -2, 0.5]], "<f4").
    byte[] file = map(1, 3, 1, -2, 0.5f).npy();
    String header = new String(file, 10, 118, StandardCharsets.US_ASCII);
    assertThat(file).hasSize(128 + 12).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0);
    assertThat(header)
        .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }  ")
        .endsWith(" \n");
    ByteBuffer data = ByteBuffer.wrap(file, 128, 12).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(data.getFloat()).isEqualTo(1);
    assertThat(data.getFloat()).isEqualTo(-2);
    assertThat(data.getFloat()).isEqualTo(0.5f);
    assertThat(new Attributions(3, 1, 2, new float[6]).npy()).hasSize(128 + 24);
  }

  @Test
  void channelsAreSummedWithTheirSigns() {
    Attributions values = new Attributions(3, 1, 2, new float[] {1, 2, -3, 4, 0, -1});
    assertThat(values.summed()).isEqualTo(map(1, 2, -2, 5));
  }

  @Test
  void valuesThatAreNotFiniteAreRefused() {
    assertThatThrownBy(() -> map(2, 2, 0, 0, Float.NaN, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 1, column 0");
    assertThatThrownBy(() -> map(2, 2, 0, 0, 0)).hasMessageContaining("2x2");
    assertThatThrownBy(() -> map(0, 2)).hasMessageContaining("0x2");
    assertThatThrownBy(() -> map(1, 2, 0, 0).at(1, 0))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
