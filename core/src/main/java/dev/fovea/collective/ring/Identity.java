package dev.fovea.collective.ring;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Who a rank says it is, and of which ring.
 *
 * @param agreement the caller's hash
 */
record Identity(int rank, int size, WireFormat wire, byte[] agreement) {
  static final int BYTES = 3 * Integer.BYTES + RingTrust.HASH_BYTES;

  /** The rank that this one sends data to. */
  int next() {
    return (rank + 1) % size;
  }

  /** The rank that this one receives data from. */
  int previous() {
    return Math.floorMod(rank - 1, size);
  }

  byte[] bytes() {
    return ByteBuffer.allocate(BYTES)
        .putInt(rank)
        .putInt(size)
        .putInt(wire.code())
        .put(agreement)
        .array();
  }

  /**
   * Reads what {@link #bytes} wrote; what can be no identity gets rank -1, which nobody waits for.
   */
  static Identity read(ByteBuffer from) {
    int rank = from.getInt();
    int size = from.getInt();
    int wire = from.getInt();
    byte[] agreement = new byte[RingTrust.HASH_BYTES];
    from.get(agreement);
    WireFormat[] formats = WireFormat.values();
    boolean sensible = rank >= 0 && rank < size && wire >= 0 && wire < formats.length;
    return new Identity(sensible ? rank : -1, size, formats[sensible ? wire : 0], agreement);
  }

  /** Why two ranks cannot be of one ring; empty if they can. */
  String quarrel(Identity other) {
    if (other.size != size) {
      return "belongs to a ring of "
          + other.size
          + " ranks, this rank to one of "
          + size
          + "; give all ranks the same list";
    }
    if (!Arrays.equals(other.agreement, agreement)) {
      return "runs with other settings, data or version than this rank (their hashes differ);"
          + " start all ranks with the same";
    }
    if (other.wire != wire) {
      return "sends " + other.wire + ", this rank " + wire + "; choose one for all";
    }
    return "";
  }
}
