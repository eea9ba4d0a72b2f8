package dev.fovea.bench.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.bench.net.Window;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class TorchPeerTest {

  @Test
  void theFusedOptimizerIsNesterovSgdWithWeightDecay() {
    Tensor weight = torch.empty(1);
    weight.fill_(new Scalar(2));
    weight.set_requires_grad(true);
    FusedSgd optimizer = new FusedSgd(List.of(weight), 0.5);
    double expected = 2;
    double velocity = 0;
    for (int step = 0; step < 3; step++) {
      weight.mul(weight).sum().backward();
      optimizer.step();
      double gradient = 2 * expected + 1e-4 * expected;
      velocity = 0.9 * velocity + gradient;
      expected -= 0.5 * (gradient + 0.9 * velocity);
      assertThat(weight.item_double()).isEqualTo(expected, within(1e-4));
      assertThat(weight.grad().defined()).isFalse();
    }
  }

  @Test
  void underAutocastConvolutionsAreBfloat16AndLayoutsStayChannelsLast() {
    TorchLayers layers = new TorchLayers(true, true);
    Tensor image = torch.randn(2, 3, 8, 8).contiguous(torch.MemoryFormat.ChannelsLast);
    torch.set_autocast_dtype(torch.DeviceType.CPU, torch.ScalarType.BFloat16);
    torch.set_autocast_enabled(torch.DeviceType.CPU, true);
    Tensor conv = layers.rewound().conv(image, 16, Window.same(3, 3), false);
    Tensor norm = layers.relu(layers.batchNorm(conv, 1e-5));
    Tensor shortcut = layers.subsampleAndPad(norm, 2, 8, 8);
    torch.set_autocast_enabled(torch.DeviceType.CPU, false);
    torch.clear_cache();
    for (Tensor activation : List.of(conv, norm, shortcut)) {
      assertThat(activation.scalar_type().intern()).isEqualTo(torch.ScalarType.BFloat16);
      assertThat(activation.is_contiguous(torch.MemoryFormat.ChannelsLast)).isTrue();
    }
    Tensor weight = layers.learnable().get(0);
    assertThat(weight.is_contiguous(torch.MemoryFormat.ChannelsLast)).isTrue();
    norm.sum().backward();
    assertThat(weight.grad().is_contiguous(torch.MemoryFormat.ChannelsLast)).isTrue();
    assertThat(weight.grad().scalar_type().intern()).isEqualTo(torch.ScalarType.Float);
  }
}
