package dev.fovea.collective.ring;

import dev.fovea.collective.Collective;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * A short sum: every rank gets the values of all, and adds them in the order of the ranks.
 *
 * <p>That takes {@code N - 1} steps instead of {@code 2 (N - 1)}, and with few values steps are
 * what costs time. Values travel in 32 bits whatever the wire format.
 */
final class ShortSum implements Exchange {
  /** 32 KiB: below it, latency outweighs bandwidth. */
  static final int MOST_VALUES = Collective.EXACT_VALUES;

  private final int rank;
  private final int size;
  private final float[] all;
  private FloatBuffer values = FloatBuffer.allocate(0);
  private int base;
  private int length;
  private int sent;
  private int received;

  ShortSum(int rank, int size) {
    this.rank = rank;
    this.size = size;
    this.all = new float[Math.multiplyExact(MOST_VALUES, size)];
  }

  /** Sets the operation to the beginning of the sum of these values. */
  ShortSum of(FloatBuffer operand) {
    values = operand;
    base = operand.position();
    length = operand.remaining();
    sent = 0;
    received = 0;
    operand.get(base, all, rank * MOST_VALUES, length);
    return this;
  }

  /** Puts the sums in the place of the values, after the last payload. */
  void finish() {
    for (int r = 1; r < size; r++) {
      int from = r * MOST_VALUES;
      for (int i = 0; i < length; i++) {
        all[i] += all[from + i];
      }
    }
    for (int i = 0; i < length; i++) {
      if (Float.isNaN(all[i])) {
        // Which of two NaN a processor returns depends on the order that the compiler chose.
        all[i] = Float.NaN;
      }
    }
    values.put(base, all, 0, length);
  }

  @Override
  public long shape() {
    return Kind.SUM.shape(length);
  }

  @Override
  public boolean readyToSend() {
    return sent < size - 1 && sent <= received;
  }

  @Override
  public int fill(ByteBuffer payload) {
    int origin = Math.floorMod(rank - sent, size);
    payload.asFloatBuffer().put(0, all, origin * MOST_VALUES, length);
    sent++;
    return Float.BYTES * length;
  }

  @Override
  public boolean allSent() {
    return sent == size - 1;
  }

  @Override
  public int expected() {
    return Float.BYTES * length;
  }

  @Override
  public void take(ByteBuffer payload) {
    int origin = Math.floorMod(rank - received - 1, size);
    payload.asFloatBuffer().get(0, all, origin * MOST_VALUES, length);
    received++;
  }

  @Override
  public boolean allReceived() {
    return received == size - 1;
  }
}
