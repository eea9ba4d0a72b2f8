package dev.fovea.bench.growth;

import dev.fovea.collective.ring.Ring;
import dev.fovea.collective.ring.RingAddress;
import dev.fovea.collective.ring.RingDeadlines;
import dev.fovea.collective.ring.RingListener;
import dev.fovea.collective.ring.RingSecret;
import dev.fovea.collective.ring.RingTrust;
import dev.fovea.collective.ring.WireFormat;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.train.Additions;
import dev.fovea.train.RunConfig;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import dev.fovea.train.Trainer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The process of a rank: {@code GrowthRank HOSTS RANK MODEL BATCH SIDE PRECISION FOLDER}. Sums,
 * then trains on generated images, one thread per rank, and prints what {@link Measured} reads.
 */
final class GrowthRank implements TrainListener {
  private static final int LONG = 10_000_000;
  private static final int SHORT = 1000;
  private static final int STEPS = 16;

  // The steps of the first epoch warm up.
  private double begin = Double.NaN;
  private double end;
  private double waited;

  /**
   * What a rank has seen.
   *
   * @param step seconds of a step
   * @param waited seconds of a step in which it waited for the other rank
   * @param link sums between the ranks while nothing else is done
   */
  record Measured(double step, double waited, Link link) {
    static Measured parse(String line) {
      String[] words = line.split(" ");
      return new Measured(
          Double.parseDouble(words[0]),
          Double.parseDouble(words[1]),
          new Link(Double.parseDouble(words[2]), Double.parseDouble(words[3])));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%.6f %.6f %.0f %.9f", step, waited, link.bytesPerSecond(), link.latency());
    }
  }

  /** Runs a rank. */
  public static void main(String[] args) {
    try (Ring ring = join(RingAddress.parseAll(args[0]), Integer.parseInt(args[1]))) {
      Link link = link(ring);
      GrowthRank seen = train(ring, args);
      System.out.println(
          new Measured((seen.end - seen.begin) / (STEPS - 1), seen.waited / STEPS, link));
    }
  }

  private static Ring join(List<RingAddress> hosts, int rank) {
    Duration deadline = Duration.ofMinutes(2);
    return Ring.join(
        RingListener.open(hosts.get(rank)),
        hosts,
        rank,
        RingTrust.of(RingSecret.of("of-no-value-since-the-link-is-private", "bench"), "growth"),
        WireFormat.F32,
        new RingDeadlines(deadline, deadline, deadline),
        System.err::println);
  }

  private static Link link(Ring ring) {
    double latency = seconds(ring, SHORT, 200) / (ring.size() - 1);
    double around = seconds(ring, LONG, 1);
    return new Link(2.0 * (ring.size() - 1) / ring.size() * Float.BYTES * LONG / around, latency);
  }

  private static double seconds(Ring ring, int values, int count) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(Float.BYTES * values)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    for (int i = 0; i < count; i++) {
      ring.sum(buffer);
    }
    long from = System.nanoTime();
    for (int i = 0; i < count; i++) {
      ring.sum(buffer);
    }
    return (System.nanoTime() - from) / 1e9 / count;
  }

  private static GrowthRank train(Ring ring, String[] args) {
    int batch = Integer.parseInt(args[3]) * ring.size();
    RunConfig config =
        RunConfig.named("shapes-quick")
            .with("data.source", "shapes(size=" + args[4] + ",count=" + STEPS * batch + ",val=20)")
            .with("network.model", args[2])
            .with("network.input", args[4])
            .with("learning.length", "2epochs")
            .with("learning.batch", Integer.toString(batch))
            .with("engine.precision", args[5])
            .with("engine.threads", "1")
            .with("output.folder", args[6]);
    GrowthRank seen = new GrowthRank();
    try (Trainer trainer = Trainer.open(config, new OneDnnBackend(), Additions.NONE, ring, seen)) {
      trainer.run();
    }
    return seen;
  }

  @Override
  public void on(TrainEvent event) {
    if (event instanceof TrainEvent.StepDone e && e.epoch() == 2) {
      end = e.elapsed().toNanos() / 1e9;
      if (Double.isNaN(begin)) {
        begin = end;
      }
    } else if (event instanceof TrainEvent.Exchanged e) {
      waited = e.waiting();
    }
  }
}
