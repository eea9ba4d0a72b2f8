package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DataComparisonTest {
  private static final Contest.Outcome OUTCOME =
      new Contest.Outcome(List.of(List.of(10.0, 20.0, 30.0), List.of(20.0, 20.0, 20.0)));

  @Test
  void theRatioOfSpeedsIsMoreWhereFoveaIsFaster() {
    DataComparison line = line(DataComparison.Kind.SPEED);
    assertThat(line.ratio()).isEqualTo(new Contest.Ratio(1, 0.5, 1.5));
    assertThat(line.json())
        .isEqualTo(
            "{\"row\":\"decode\",\"pictures\":\"inet\",\"peer\":\"pillow\",\"ratio_of\":\"speed\","
                + "\"fovea_ips\":20.0000,\"peer_ips\":20.0000,\"ratio\":1.0000,"
                + "\"ratio_min\":0.5000,\"ratio_max\":1.5000,\"rounds\":3}");
  }

  @Test
  void theRatioOfTimesIsLessWhereFoveaIsFaster() {
    DataComparison line = line(DataComparison.Kind.TIME);
    assertThat(line.ratio()).isEqualTo(new Contest.Ratio(1, 20 / 30.0, 2));
    assertThat(line.line()).contains("decode", "inet", "pillow", "time", "0.667..2.000");
  }

  private static DataComparison line(DataComparison.Kind kind) {
    return DataComparison.of("decode", "inet", "pillow", kind, OUTCOME, 0, 1);
  }
}
