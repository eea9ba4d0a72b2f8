package dev.fovea.collective.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class RingTest {
  private static final int LONG = 5_000_000;

  private static float[] operand(int rank, int length) {
    SplittableRandom random = new SplittableRandom(31L * length + rank);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextDouble() * 2 - 1);
    }
    return values;
  }

  private static FloatBuffer direct(float[] values) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder()).asFloatBuffer();
    return buffer.put(values).flip();
  }

  private static float[] summed(Ring ring, int length) {
    FloatBuffer values = direct(operand(ring.rank(), length));
    ring.sum(values);
    assertThat(values.position()).isZero();
    assertThat(values.limit()).isEqualTo(length);
    float[] result = new float[length];
    values.get(result);
    return result;
  }

  /** The sum in the order that the ring documents, in 32 bits. */
  private static float[] expected(int size, int length) {
    boolean isShort = length <= ShortSum.MOST_VALUES;
    int chunk = (length + size - 1) / size;
    float[][] all = new float[size][];
    for (int rank = 0; rank < size; rank++) {
      all[rank] = operand(rank, length);
    }
    float[] sums = new float[length];
    for (int i = 0; i < length; i++) {
      int first = isShort ? 0 : i / chunk;
      float sum = all[first][i];
      for (int r = 1; r < size; r++) {
        sum += all[(first + r) % size][i];
      }
      sums[i] = sum;
    }
    return sums;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void sumsAreAddedInTheDocumentedOrderAndEqualOnAllRanks(int size) {
    int[] lengths = {0, 1, 2, 3, 4, 5, 8191, 8192, 8193, 10007, 262_144 * size + 1, 1_000_003};
    List<Boolean> equal =
        Rings.run(
            size,
            WireFormat.F32,
            ring -> {
              for (int length : lengths) {
                assertThat(summed(ring, length))
                    .as("%d values on rank %d", length, ring.rank())
                    .isEqualTo(expected(size, length));
              }
              return true;
            });
    assertThat(equal).hasSize(size);
  }

  @ParameterizedTest
  @CsvSource({"2,F32", "3,F32", "4,BF16", "5,F32"})
  void fiveMillionValuesAreTheSameOnAllRanksAndInEveryRun(int size, WireFormat wire) {
    List<float[]> first = Rings.run(size, wire, ring -> summed(ring, LONG));
    List<float[]> second = Rings.run(size, wire, ring -> summed(ring, LONG));
    for (float[] one : first) {
      assertThat(Arrays.equals(one, first.get(0))).isTrue();
    }
    assertThat(Arrays.equals(second.get(0), first.get(0))).isTrue();
    assertThat(new SumOfOdd(first.get(0)).differs(expected(size, LONG)))
        .isEqualTo(wire == WireFormat.BF16);
  }

  /** Keeps arrays of millions out of assertion messages. */
  private record SumOfOdd(float[] values) {
    boolean differs(float[] other) {
      return !Arrays.equals(values, other);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void inBfloat16EverySendingRoundsToNearestEven(int size) {
    int length = 100_003;
    int chunk = (length + size - 1) / size;
    float[][] all = new float[size][];
    for (int rank = 0; rank < size; rank++) {
      all[rank] = operand(rank, length);
    }
    float[] expected = new float[length];
    for (int i = 0; i < length; i++) {
      int first = i / chunk;
      float sum = all[first][i];
      for (int r = 1; r < size; r++) {
        sum = rounded(sum) + all[(first + r) % size][i];
      }
      expected[i] = rounded(sum);
    }
    for (float[] one : Rings.run(size, WireFormat.BF16, ring -> summed(ring, length))) {
      assertThat(one).isEqualTo(expected);
    }
  }

  /** Rounding by arithmetic: a float has 24 significant bits, bfloat16 has 8. */
  private static float rounded(float x) {
    if (x == 0 || Math.getExponent(x) < Float.MIN_EXPONENT) {
      return x;
    }
    double unit = Math.scalb(1.0, Math.getExponent(x) - 7);
    return (float) (Math.rint(x / unit) * unit);
  }

  @ParameterizedTest
  @EnumSource(WireFormat.class)
  void infinitiesAndNanReachAllRanks(WireFormat wire) {
    int length = 20_000;
    List<float[]> all =
        Rings.run(
            2,
            wire,
            ring -> {
              FloatBuffer values = FloatBuffer.allocate(length);
              values.put(3, ring.rank() == 0 ? Float.POSITIVE_INFINITY : 1);
              values.put(4, Float.POSITIVE_INFINITY * (ring.rank() == 0 ? 1 : -1));
              values.put(5, ring.rank() == 1 ? Float.intBitsToFloat(0x7FFFFFFF) : 1);
              values.put(6, ring.rank() == 1 ? Float.intBitsToFloat(0xFFFFFFFF) : 1);
              values.put(15_000, Float.MAX_VALUE);
              values.put(15_001, -0f);
              ring.sum(values);
              return values.array();
            });
    for (float[] values : all) {
      assertThat(values[3]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(values[4]).isNaN();
      assertThat(values[5]).isNaN();
      assertThat(values[6]).isNaN();
      assertThat(values[15_000]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(Float.floatToRawIntBits(values[15_001])).isEqualTo(0x80000000);
      assertThat(values[7]).isZero();
    }
  }

  @Test
  void onlyValuesBetweenPositionAndLimitAreSummed() {
    List<float[]> all =
        Rings.run(
            2,
            WireFormat.F32,
            ring -> {
              FloatBuffer values = FloatBuffer.allocate(20_003);
              Arrays.fill(values.array(), 1 + ring.rank());
              values.position(2).limit(20_002);
              ring.sum(values);
              assertThat(values.position()).isEqualTo(2);
              assertThat(values.limit()).isEqualTo(20_002);
              return values.array();
            });
    for (int rank = 0; rank < 2; rank++) {
      float[] values = all.get(rank);
      assertThat(values[1]).isEqualTo(1 + rank);
      assertThat(values[2]).isEqualTo(3);
      assertThat(values[20_001]).isEqualTo(3);
      assertThat(values[20_002]).isEqualTo(1 + rank);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void messagesOfUnequalLengthReachAllInTheOrderOfTheRanks(int size) {
    int[] lengths = {30_000_000, 0, 1, 262_144, 262_145};
    Rings.run(
        size,
        WireFormat.F32,
        ring -> {
          byte[] own = new byte[lengths[ring.rank()]];
          Arrays.fill(own, (byte) (7 + ring.rank()));
          List<byte[]> all = ring.gather(own);
          assertThat(all).hasSize(size);
          for (int rank = 0; rank < size; rank++) {
            byte[] expected = new byte[lengths[rank]];
            Arrays.fill(expected, (byte) (7 + rank));
            assertThat(Arrays.equals(all.get(rank), expected))
                .as("message of rank %d", rank)
                .isTrue();
          }
          assertThat(all.get(ring.rank())).isNotSameAs(own);
          return true;
        });
  }

  @Test
  void operationsOfAllKindsFollowEachOtherWhileRanksAreNotInStep() {
    Rings.run(
        3,
        WireFormat.BF16,
        ring -> {
          for (int i = 0; i < 200; i++) {
            if (i % 20 == 7 * ring.rank() % 20) {
              pause(5);
            }
            switch (i % 3) {
              case 0 -> summed(ring, 100 + i);
              case 1 -> summed(ring, 10_000 + i);
              default ->
                  assertThat(ring.gather(new byte[] {(byte) i}).get(2)[0]).isEqualTo((byte) i);
            }
          }
          return true;
        });
  }

  @Test
  void aRankThatIsDoneMayCloseWhileOthersAreStillReading() {
    for (int i = 0; i < 20; i++) {
      List<float[]> all =
          Rings.run(
              3,
              WireFormat.F32,
              ring -> {
                pause(10L * ring.rank());
                return summed(ring, 300_000);
              });
      assertThat(Arrays.equals(all.get(2), expected(3, 300_000))).isTrue();
    }
  }

  @Test
  void trafficIsCounted() {
    List<RingTraffic> all =
        Rings.run(
            2,
            WireFormat.F32,
            ring -> {
              long before = ring.traffic().bytesSent();
              pause(300L * ring.rank());
              summed(ring, 1_000_000);
              RingTraffic traffic = ring.traffic();
              assertThat(traffic.bytesSent() - before).isBetween(4_000_000L, 4_010_000L);
              return traffic;
            });
    for (RingTraffic traffic : all) {
      assertThat(traffic.operations()).isEqualTo(2);
      assertThat(traffic.bytesReceived()).isBetween(4_000_000L, 4_020_000L);
      assertThat(traffic.seconds()).isGreaterThanOrEqualTo(traffic.secondsWaiting());
    }
    assertThat(all.get(0).secondsWaiting()).isGreaterThan(0.2);
  }

  @Test
  void noThreadAndNoPortIsLeftBehind() {
    List<RingListener> listeners = Rings.listeners(2);
    List<RingAddress> addresses = Rings.addresses(listeners);
    List<Ring> rings =
        Rings.results(
            Rings.together(
                2,
                rank ->
                    Ring.join(
                        listeners.get(rank),
                        addresses,
                        rank,
                        Rings.TRUST,
                        WireFormat.F32,
                        Rings.DEADLINES,
                        line -> {})));
    assertThat(rings).allMatch(ring -> ring.thread() != null);
    Rings.results(
        Rings.together(
            2,
            rank -> {
              rings.get(rank).close();
              rings.get(rank).close();
              return rank;
            }));
    assertThat(rings).allMatch(ring -> ring.thread() == null);
    for (RingAddress address : addresses) {
      RingListener.open(address).close();
    }
    assertThatThrownBy(() -> rings.get(0).sum(FloatBuffer.allocate(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("was closed before operation 1 was complete");
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
