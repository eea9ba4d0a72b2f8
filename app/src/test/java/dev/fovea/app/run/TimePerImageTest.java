package dev.fovea.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.loader.LoadingTime;
import org.junit.jupiter.api.Test;

class TimePerImageTest {
  @Test
  void timesOfImagesInMemoryAreSeenToo() {
    LoadingTime loading = new LoadingTime(1000, 0, 0.0034, 2.5);
    assertThat(TimePerImage.text(loading, 1000, 0.25, 0))
        .isEqualTo(
            "per image: reading 0.00 ms, decoding 3.40 µs, resizing 2.50 ms on the threads that"
                + " make images; waiting 250 µs, network 0.00 ms");
    assertThat(TimePerImage.text(loading, 0, 0.25, 0)).endsWith("waiting 0.00 ms, network 0.00 ms");
  }
}
