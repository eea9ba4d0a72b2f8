package dev.fovea.collective;

import java.nio.FloatBuffer;
import java.util.List;

/** The only rank of a run on one machine: its sums are what it has itself. */
public final class SingleRank implements Collective {

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public void sum(FloatBuffer values) {
    // One summand is its own sum.
  }

  @Override
  public List<byte[]> gather(byte[] own) {
    return List.of(own.clone());
  }

  @Override
  public void fail(String reason) {
    // No other rank waits for this one.
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
