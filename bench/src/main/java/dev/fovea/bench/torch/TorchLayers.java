package dev.fovea.bench.torch;

import dev.fovea.bench.net.Layers;
import dev.fovea.bench.net.Window;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Computes layers eagerly with libtorch, through the functions that PyTorch's modules call.
 *
 * <p>The first run creates the parameters in the order of the layers; later runs use them in the
 * same order. They live as long as the process. Activations are closed where the network frees
 * them, never by the garbage collector. Not thread-safe.
 */
final class TorchLayers implements Layers<Tensor> {
  private static final double BATCH_NORM_MOMENTUM = 0.1;
  private static final long[] DILATION = {1, 1};

  /**
   * A parameter or buffer, and the same tensor in the optional form that libtorch's functions take.
   */
  private record Slot(Tensor tensor, TensorOptional optional) {}

  private final boolean training;
  private final torch.MemoryFormat format;
  private final List<Slot> slots = new ArrayList<>();
  private final List<Tensor> learnable = new ArrayList<>();
  private final TensorOptional none = new TensorOptional();
  private final LongOptional unset = new LongOptional();
  private final GeneratorOptional generator = new GeneratorOptional();
  private boolean complete;
  private int next;

  TorchLayers(boolean training, boolean channelsLast) {
    this.training = training;
    this.format = channelsLast ? torch.MemoryFormat.ChannelsLast : torch.MemoryFormat.Contiguous;
  }

  /**
   * Prepares these layers for another run of the network, starting at its first layer; only the
   * first run creates parameters.
   */
  TorchLayers rewound() {
    complete |= next > 0;
    next = 0;
    return this;
  }

  /** The parameters that the optimizer updates. */
  List<Tensor> learnable() {
    return learnable;
  }

  torch.MemoryFormat format() {
    return format;
  }

  @Override
  public boolean training() {
    return training;
  }

  @Override
  public Tensor conv(Tensor x, int channels, Window window, boolean bias) {
    Slot weight = complete ? take() : weight(window, channels, channels(x));
    TensorOptional shift = bias ? (complete ? take() : fill(channels, 0, true)).optional() : none;
    long[] stride = {window.stride(), window.stride()};
    long[] pad = {window.padHeight(), window.padWidth()};
    return torch.conv2d(x, weight.tensor(), shift, stride, pad, DILATION, 1);
  }

  @Override
  public Tensor batchNorm(Tensor x, double epsilon) {
    int channels = complete ? 0 : channels(x);
    Slot scale = complete ? take() : fill(channels, 1, true);
    Slot shift = complete ? take() : fill(channels, 0, true);
    Slot mean = complete ? take() : fill(channels, 0, false);
    Slot variance = complete ? take() : fill(channels, 1, false);
    return torch.batch_norm(
        x,
        scale.optional(),
        shift.optional(),
        mean.optional(),
        variance.optional(),
        training,
        BATCH_NORM_MOMENTUM,
        epsilon,
        false);
  }

  @Override
  public Tensor relu(Tensor x) {
    return inPlace(x, torch.relu_(x));
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    return inPlace(x, x.add_(y));
  }

  @Override
  public Tensor maxPool(Tensor x, Window window, boolean ceil) {
    long[] kernel = {window.height(), window.width()};
    long[] stride = {window.stride(), window.stride()};
    long[] pad = {window.padHeight(), window.padWidth()};
    return torch.max_pool2d(x, kernel, stride, pad, DILATION, ceil);
  }

  @Override
  public Tensor averagePool(Tensor x, Window window) {
    long[] kernel = {window.height(), window.width()};
    long[] stride = {window.stride(), window.stride()};
    long[] pad = {window.padHeight(), window.padWidth()};
    return torch.avg_pool2d(x, kernel, stride, pad, false, true, unset);
  }

  @Override
  public Tensor adaptiveAveragePool(Tensor x, int size) {
    return torch.adaptive_avg_pool2d(x, size, size);
  }

  @Override
  public Tensor dropout(Tensor x, double probability) {
    if (!training) {
      return x;
    }
    Tensor dropped = torch.dropout(x, probability, true);
    free(x);
    return dropped;
  }

  @Override
  public Tensor linear(Tensor x, int features) {
    try (Tensor rows = x.flatten(1, -1)) {
      Slot weight = complete ? take() : weight(features, rows.size(1));
      Slot bias = complete ? take() : fill(features, 0, true);
      return torch.linear(rows, weight.tensor(), bias.optional());
    }
  }

  @Override
  public Tensor concat(List<Tensor> parts) {
    try (TensorVector vector = new TensorVector(parts.toArray(Tensor[]::new))) {
      return torch.cat(vector, 1);
    }
  }

  @Override
  public Tensor subsampleAndPad(Tensor x, int stride, int before, int after) {
    try (Tensor rows = x.slice(2, unset, unset, stride);
        Tensor cells = rows.slice(3, unset, unset, stride)) {
      return torch.constant_pad_nd(cells, 0, 0, 0, 0, before, after);
    }
  }

  @Override
  public int channels(Tensor x) {
    return (int) x.size(1);
  }

  @Override
  public void free(Tensor x) {
    x.close();
  }

  /**
   * Closes the result handle of an in-place call: it is a second reference to the same tensor and
   * must not keep it alive.
   */
  @SuppressWarnings("ReferenceEquality") // Compares the handles, not the tensors.
  private static Tensor inPlace(Tensor x, Tensor result) {
    if (result != x) {
      result.close();
    }
    return x;
  }

  private Slot take() {
    return slots.get(next++);
  }

  private Slot weight(Window window, int out, int in) {
    double fanOut = (double) out * window.height() * window.width();
    Tensor weight = torch.empty(out, in, window.height(), window.width());
    weight.normal_(0, Math.sqrt(2 / fanOut), generator);
    Tensor arranged = weight.contiguous(format);
    return keep(arranged, true);
  }

  private Slot weight(long out, long in) {
    Tensor weight = torch.empty(out, in);
    double bound = 1 / Math.sqrt(in);
    weight.uniform_(-bound, bound, generator);
    return keep(weight, true);
  }

  private Slot fill(int channels, double value, boolean learn) {
    Tensor tensor = torch.empty(channels);
    tensor.fill_(new Scalar(value));
    return keep(tensor, learn);
  }

  private Slot keep(Tensor tensor, boolean learn) {
    if (learn) {
      tensor.set_requires_grad(true);
      learnable.add(tensor);
    }
    Slot slot = new Slot(tensor, new TensorOptional(tensor));
    slots.add(slot);
    next++;
    return slot;
  }
}
