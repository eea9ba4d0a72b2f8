package dev.fovea.bench.torch;

import dev.fovea.bench.Mode;
import dev.fovea.bench.Turns;
import dev.fovea.bench.net.Network;
import dev.fovea.bench.net.Networks;
import java.io.IOException;
import java.util.List;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The process of a libtorch peer: {@code TorchSide train|infer MODEL BATCH nchw|channels-last
 * f32|bf16}.
 *
 * <p>A training step is forward, cross-entropy, backward, and SGD with Nesterov momentum and weight
 * decay; an inference step is one forward pass in inference mode. The input is synthetic and held
 * in memory.
 */
public final class TorchSide implements Turns.Work {
  private static final double RATE = 0.01;
  private static final long NO_INDEX = -100;

  private final Mode mode;
  private final Network network;
  private final boolean bf16;
  private final TorchLayers layers;
  private final Tensor images;
  private final Tensor labels;
  private final TensorOptional evenly = new TensorOptional();
  private final FusedSgd optimizer;

  private TorchSide(Mode mode, Network network, int batch, boolean channelsLast, boolean bf16) {
    this.mode = mode;
    this.network = network;
    this.bf16 = bf16;
    this.layers = new TorchLayers(mode == Mode.TRAIN, channelsLast);
    torch.manual_seed(1);
    torch.set_autocast_dtype(torch.DeviceType.CPU, torch.ScalarType.BFloat16);
    try (NoGradGuard guard = new NoGradGuard();
        Tensor few = torch.randn(2, 3, network.input(), network.input())) {
      network.run(layers.rewound(), few).forEach(Tensor::close);
    }
    requirePublishedCount();
    try (Tensor planar = torch.randn(batch, 3, network.input(), network.input())) {
      this.images = planar.contiguous(layers.format());
    }
    this.labels = torch.randint(network.classes(), new long[] {batch});
    this.optimizer = new FusedSgd(mode == Mode.TRAIN ? layers.learnable() : List.of(), RATE);
  }

  @Override
  public void steps(int count) {
    if (mode == Mode.TRAIN) {
      for (int i = 0; i < count; i++) {
        train();
      }
      return;
    }
    // Autocast stays enabled between steps, so that its cache casts every weight only once.
    try (InferenceMode guard = new InferenceMode(true)) {
      autocast(true);
      for (int i = 0; i < count; i++) {
        network.run(layers.rewound(), images).forEach(Tensor::close);
      }
      autocast(false);
    }
  }

  private void train() {
    autocast(true);
    List<Tensor> outputs = network.run(layers.rewound(), images);
    Tensor loss = loss(outputs.get(0));
    for (Tensor aux : outputs.subList(1, outputs.size())) {
      try (Scalar weight = new Scalar(network.auxWeight());
          Tensor auxLoss = loss(aux)) {
        Tensor sum = loss.add(auxLoss, weight);
        loss.close();
        loss = sum;
      }
    }
    autocast(false);
    outputs.forEach(Tensor::close);
    loss.backward();
    loss.close();
    optimizer.step();
  }

  private Tensor loss(Tensor logits) {
    return torch.cross_entropy_loss(
        logits, labels, evenly, torch.Reduction.Mean.value, NO_INDEX, 0);
  }

  private void autocast(boolean on) {
    if (bf16) {
      torch.set_autocast_enabled(torch.DeviceType.CPU, on);
      if (!on && mode == Mode.TRAIN) {
        torch.clear_cache();
      }
    }
  }

  private void requirePublishedCount() {
    long count = layers.learnable().stream().mapToLong(Tensor::numel).sum();
    if (mode == Mode.TRAIN && count != network.parameters()) {
      throw new IllegalStateException(
          "the libtorch peer of "
              + network.name()
              + " has "
              + count
              + " parameters, expected the published "
              + network.parameters()
              + ": correct its definition in dev.fovea.bench.net");
    }
  }

  /** Sets up the network and serves turns until the driver ends. */
  public static void main(String[] args) throws IOException {
    Mode mode = Mode.of(args[0]);
    Network network =
        Networks.named(args[1])
            .orElseThrow(
                () -> new IllegalArgumentException("there is no network '" + args[1] + "'"));
    int batch = Integer.parseInt(args[2]);
    boolean channelsLast = args[3].equals("channels-last");
    boolean bf16 = args[4].equals("bf16");
    Turns.serve(new TorchSide(mode, network, batch, channelsLast, bf16));
  }
}
