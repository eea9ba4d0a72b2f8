package dev.fovea.collective.ring;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * A long sum: reduce-scatter, then all-gather.
 *
 * <p>The values are cut into as many chunks as there are ranks. In step {@code t} rank {@code r}
 * sends chunk {@code r - t} and receives chunk {@code r - t - 1}: in the first {@code N - 1} steps
 * it adds what comes, so that chunk {@code c} is summed from rank {@code c} on around the ring; in
 * the last {@code N - 1} steps finished chunks go around. A chunk goes in pieces, and a piece is
 * sent on as soon as it has come, so both directions are always busy. Each rank sends and receives
 * {@code 2 (N - 1) / N} of the values (Patarasuk and Yuan, 2009).
 */
final class RingSum implements Exchange {
  private static final int PIECE = MOST_BYTES / Float.BYTES;

  private final int rank;
  private final int size;
  private final WireFormat wire;
  private final Scratch scratch;
  private FloatBuffer values = FloatBuffer.allocate(0);
  private int base;
  private int length;
  private int chunk;
  private int pieces;
  private long total;
  private long sent;
  private long received;

  RingSum(int rank, int size, WireFormat wire, Scratch scratch) {
    this.rank = rank;
    this.size = size;
    this.wire = wire;
    this.scratch = scratch;
  }

  /** Sets the operation to the beginning of the sum of these values. */
  RingSum of(FloatBuffer operand) {
    values = operand;
    base = operand.position();
    length = operand.remaining();
    chunk = (int) (((long) length + size - 1) / size);
    pieces = (chunk + PIECE - 1) / PIECE;
    total = 2L * (size - 1) * pieces;
    sent = 0;
    received = 0;
    return this;
  }

  @Override
  public long shape() {
    return Kind.SUM.shape(length);
  }

  @Override
  public boolean readyToSend() {
    return sent < total && sent < received + pieces;
  }

  @Override
  public int fill(ByteBuffer payload) {
    int step = (int) (sent / pieces);
    int piece = (int) (sent % pieces);
    int chunkSent = chunkAt(step);
    int start = start(chunkSent, piece);
    int count = count(chunkSent, piece);
    if (wire == WireFormat.BF16) {
      scratch.encode(values, base + start, count, payload.asIntBuffer());
    } else {
      payload.asFloatBuffer().put(0, values, base + start, count);
    }
    sent++;
    return bytes(count);
  }

  @Override
  public boolean allSent() {
    return sent == total;
  }

  @Override
  public int expected() {
    return bytes(count(chunkReceived(), pieceReceived()));
  }

  @Override
  public void take(ByteBuffer payload) {
    int start = base + start(chunkReceived(), pieceReceived());
    int count = count(chunkReceived(), pieceReceived());
    int step = (int) (received / pieces);
    boolean adds = step < size - 1;
    if (wire == WireFormat.F32) {
      if (adds) {
        scratch.add(payload.asFloatBuffer(), values, start, count);
      } else {
        values.put(start, payload.asFloatBuffer(), 0, count);
      }
    } else if (adds) {
      scratch.addPairs(payload.asIntBuffer(), values, start, count);
      if (step == size - 2) {
        // The owner of the sum must hold what the others will.
        scratch.round(values, start, count);
      }
    } else {
      scratch.decode(payload.asIntBuffer(), values, start, count);
    }
    received++;
  }

  @Override
  public boolean allReceived() {
    return received == total;
  }

  private int chunkReceived() {
    return chunkAt((int) (received / pieces) + 1);
  }

  private int pieceReceived() {
    return (int) (received % pieces);
  }

  /** The chunk that this rank sends in a step. */
  private int chunkAt(int step) {
    return Math.floorMod(rank - step, size);
  }

  private int start(int chunkNumber, int piece) {
    return (int) Math.min((long) chunkNumber * chunk + (long) piece * PIECE, length);
  }

  /**
   * The last chunks may be shorter than the others or empty; their pieces are sent all the same.
   */
  private int count(int chunkNumber, int piece) {
    long end =
        Math.min(
            Math.min((chunkNumber + 1L) * chunk, length), start(chunkNumber, piece) + (long) PIECE);
    return (int) Math.max(0, end - start(chunkNumber, piece));
  }

  private int bytes(int count) {
    return wire == WireFormat.BF16 ? Scratch.pairedBytes(count) : Float.BYTES * count;
  }
}
