package dev.fovea.server.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final Admission admission = new Admission(32, now::get);

  private void pass(long milliseconds) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos(milliseconds));
  }

  @Test
  void aBurstIsTakenOnUpToTheLimit() {
    assertThat(admission.admits(1, 31)).isTrue();
    assertThat(admission.admits(8, 24)).isTrue();
    assertThat(admission.admits(9, 24)).isFalse();
  }

  @Test
  void afterARefusalOnlyAFewAreTakenOn() {
    assertThat(admission.admits(1, 32)).isFalse();
    assertThat(admission.admits(1, 2)).isFalse();
    assertThat(admission.admits(1, 1)).isTrue();
    assertThat(admission.admits(2, 1)).isFalse();
  }

  @Test
  void aSecondWithoutRefusalEndsTheOverload() {
    assertThat(admission.admits(1, 32)).isFalse();
    pass(900);
    assertThat(admission.admits(1, 4)).as("and prolongs it").isFalse();
    pass(900);
    assertThat(admission.limit()).isEqualTo(2);
    pass(200);
    assertThat(admission.limit()).isEqualTo(32);
    assertThat(admission.admits(1, 31)).isTrue();
  }

  @Test
  void requestsWithMoreImagesThanTheLimitAreTakenOnWhenNothingIsUnderWay() {
    assertThat(admission.admits(64, 0)).isTrue();
    assertThat(admission.admits(64, 1)).isFalse();
    assertThat(admission.admits(64, 0)).as("under overload too").isTrue();
  }

  @Test
  void fewAreMoreIfImagesTakeLittleTime() {
    admission.computed(8, TimeUnit.MICROSECONDS.toNanos(8 * 500));
    assertThat(admission.admits(1, 32)).isFalse();
    assertThat(admission.limit()).as("images in 5 ms").isEqualTo(10);
    for (int i = 0; i < 100; i++) {
      admission.computed(4, TimeUnit.MILLISECONDS.toNanos(4 * 20));
    }
    assertThat(admission.limit()).isEqualTo(2);
    for (int i = 0; i < 200; i++) {
      admission.computed(8, 8 * 1000);
    }
    assertThat(admission.limit()).as("never more than without overload").isEqualTo(32);
  }

  @Test
  void withoutALimitBurstsAreWhatAQuarterOfASecondComputes() {
    Admission any = new Admission(0, now::get);
    assertThat(any.limit()).as("nothing is known").isEqualTo(16);
    any.computed(4, TimeUnit.MILLISECONDS.toNanos(4 * 8));
    assertThat(any.limit()).isEqualTo(31);
    for (int i = 0; i < 200; i++) {
      any.computed(4, TimeUnit.MILLISECONDS.toNanos(4 * 100));
    }
    assertThat(any.limit()).isEqualTo(16);
    for (int i = 0; i < 200; i++) {
      any.computed(8, 8 * 1000);
    }
    assertThat(any.limit()).isEqualTo(1024);
  }

  @Test
  void aLimitBelowTheFewHolds() {
    Admission one = new Admission(1, now::get);
    assertThat(one.admits(1, 0)).isTrue();
    assertThat(one.admits(1, 1)).isFalse();
    assertThat(one.limit()).isEqualTo(1);
  }
}
