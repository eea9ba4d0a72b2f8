package dev.fovea.bench;

import dev.fovea.collective.ring.Ring;
import dev.fovea.collective.ring.RingAddress;
import dev.fovea.collective.ring.RingDeadlines;
import dev.fovea.collective.ring.RingListener;
import dev.fovea.collective.ring.RingSecret;
import dev.fovea.collective.ring.RingTrust;
import dev.fovea.collective.ring.WireFormat;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.FileStore;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;

/**
 * Sums over two processes, by one library: what the sides of {@link SummingSide} have in common.
 */
sealed interface Summing extends AutoCloseable {

  /** Sums as many values, held in memory that is kept from call to call. */
  void sum(int length);

  /** The values of a length, which may be set before a sum and read after it. */
  FloatBuffer values(int length);

  @Override
  void close();

  /** Fovea's ring over loopback. */
  final class OfRing implements Summing {
    private final Ring ring;
    private final Map<Integer, FloatBuffer> buffers = new HashMap<>();

    OfRing(
        RingListener listener,
        List<RingAddress> ranks,
        int rank,
        WireFormat wire,
        Duration deadline) {
      RingTrust trust =
          RingTrust.of(RingSecret.of("of-no-value-since-all-ranks-are-local", "bench"), "bench");
      RingDeadlines deadlines = new RingDeadlines(Duration.ofMinutes(1), deadline, deadline);
      this.ring = Ring.join(listener, ranks, rank, trust, wire, deadlines, System.err::println);
    }

    @Override
    public void sum(int length) {
      ring.sum(values(length));
    }

    @Override
    public FloatBuffer values(int length) {
      return buffers.computeIfAbsent(
          length,
          n -> ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder()).asFloatBuffer());
    }

    @Override
    public void close() {
      ring.close();
    }
  }

  /** Gloo of libtorch over loopback. */
  final class OfGloo implements Summing {
    private final ProcessGroupGloo group;
    private final Map<Integer, Tensor> tensors = new HashMap<>();

    OfGloo(String store, int rank, Duration deadline) {
      ProcessGroupGloo.Options options =
          ProcessGroupGloo.Options.create(new Milliseconds(deadline.toMillis()));
      options.devices().push_back(ProcessGroupGloo.createDeviceForHostname("127.0.0.1"));
      this.group = new ProcessGroupGloo(new FileStore(store, 2), rank, 2, options);
    }

    @Override
    public void sum(int length) {
      try (TensorVector operands = new TensorVector(tensor(length));
          Work work = group.allreduce(operands)) {
        work._wait();
      }
    }

    private Tensor tensor(int length) {
      return tensors.computeIfAbsent(length, torch::zeros);
    }

    @Override
    public FloatBuffer values(int length) {
      return tensor(length).createBuffer();
    }

    @Override
    public void close() {
      group.close();
    }
  }
}
