package dev.fovea.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.OpCases;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Output shapes as PyTorch gives them, and messages for inputs that do not fit. */
class ShapeRulesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Conv2d in=3x224x224 out=64 kernel=7x7 stride=2x2 pad=3x3 | 64x112x112",
        "Conv2d in=3x299x299 out=32 kernel=3x3 stride=2x2 | 32x149x149",
        "Conv2d in=192x17x17 out=224 kernel=1x7 pad=0x3 | 224x17x17",
        "Conv2d in=192x17x17 out=224 kernel=7x1 pad=3x0 | 224x17x17",
        "Conv2d in=256x56x56 out=512 kernel=1x1 stride=2x2 | 512x28x28",
        "Conv2d in=256x57x56 out=512 kernel=1x1 stride=2x2 | 512x29x28",
        "Conv2d in=8x9x9 out=8 kernel=2x2 stride=4x3 groups=8 | 8x2x3",
        "MaxPool in=64x112x112 kernel=3x3 stride=2x2 ceil | 64x56x56",
        "MaxPool in=64x112x112 kernel=3x3 stride=2x2 | 64x55x55",
        "MaxPool in=64x112x112 kernel=3x3 stride=2x2 pad=1x1 | 64x56x56",
        "MaxPool in=3x5x5 kernel=2x2 stride=2x2 pad=1x1 ceil | 3x3x3",
        "MaxPool in=3x7x8 kernel=2x2 stride=3x3 ceil | 3x3x3",
        "MaxPool in=3x6x6 kernel=2x2 stride=4x4 ceil | 3x2x2",
        "MaxPool in=3x4x4 kernel=1x1 stride=5x5 ceil | 3x1x1",
        "MaxPool in=3x2x2 kernel=3x3 stride=2x2 ceil | 3x1x1",
        "AvgPool in=3x2x3 kernel=3x4 stride=2x3 ceil countpad | 3x1x1",
        "AvgPool in=128x17x17 kernel=5x5 stride=3x3 | 128x5x5",
        "AvgPool in=192x28x28 kernel=3x3 pad=1x1 countpad | 192x28x28",
        "GlobalAvgPool in=2048x7x5 | 2048x1x1",
        "AdaptiveAvgPool in=512x14x14 out=4x4 | 512x4x4",
        "AdaptiveAvgPool in=512x3x3 out=7x7 | 512x7x7",
        "Concat in=64x28x28,128x28x28,32x28x28,32x28x28 | 256x28x28",
        "Add in=17x3x5,17x3x5 | 17x3x5",
        "AddRelu in=17,17 | 17",
        "Multiply in=3x4x5,3x4x5 | 3x4x5",
        "Affine in=3x4x5 scale=2 | 3x4x5",
        "BatchNorm in=17x4x5 | 17x4x5",
        "BatchNormRelu in=17 | 17",
        "Relu in=3x4x5 | 3x4x5",
        "Sigmoid in=9 | 9",
        "Tanh in=3x4x5 | 3x4x5",
        "Dropout in=100 | 100",
        "StochasticDepth in=7x3x5 | 7x3x5",
        "LocalResponseNorm in=64x5x6 | 64x5x6",
        "Linear in=2048 out=1000 | 1000",
        "Flatten in=512x7x7 | 25088",
        "PadShortcut in=16x32x32 out=32 stride=2 before=8 | 32x16x16",
        "PadShortcut in=16x5x4 out=16 stride=2 | 16x3x2",
      })
  void theOutputHasTheExpectedShape(String line, String expected) {
    Graph graph = OpCases.parse(line.replace(" in=", " n=1 in=")).graph();
    Node op = graph.nodes().stream().filter(n -> n.name().equals("op")).findFirst().orElseThrow();
    assertThat(op.shape())
        .isEqualTo(
            Shape.of(Arrays.stream(expected.split("x")).mapToInt(Integer::parseInt).toArray()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Conv2d in=3x4x4 out=0 | at least 1 output channel, got 0",
        "Conv2d in=6x4x4 out=4 groups=3 | groups 3 for 6 input and 4 output channels",
        "Conv2d in=6x4x4 out=6 groups=4 | groups 4 for 6 input and 6 output channels",
        "Conv2d in=3x4x5 out=6 kernel=5x5 | the window 5x5/1 fits into, got 3x4x5",
        "Conv2d in=17 out=6 | an image (C, H, W), got 17",
        "MaxPool in=3x2x2 kernel=3x3 ceil | the window 3x3/1 fits into, got 3x2x2",
        "MaxPool in=3x2x2 kernel=4x4 stride=2x2 ceil | the window 4x4/2 fits into, got 3x2x2",
        "AvgPool in=9 | an image (C, H, W), got 9",
        "GlobalAvgPool in=9 | an image (C, H, W), got 9",
        "AdaptiveAvgPool in=3x4x4 out=0x2 | at least 1x1, got 0x2",
        "Concat in=3x4x4,3x5x4 | 3x4x4 from 'stem0' and 3x5x4 from 'stem1'",
        "Add in=3x4x4,5x4x4 | 3x4x4 from 'stem0' and 5x4x4 from 'stem1'",
        "Multiply in=3x4x4,5x4x4 | two inputs of equal shape",
        "Add in=3x4x4 | 2 inputs, got 1",
        "Linear in=3x4x4 out=5 | a flat input (F), got 3x4x4",
        "Linear in=9 out=0 | at least 1 output, got 0",
        "PadShortcut in=16x4x4 out=8 | PadShortcut[outChannels=8",
        "PadShortcut in=16x4x4 out=18 before=3 | make up outChannels",
        "BatchNorm in=3x4x4 eps=0 | epsilon 0.0, momentum 0.1",
        "BatchNormRelu in=3x4x4 momentum=1.5 | epsilon 1.0E-5, momentum 1.5",
        "LocalResponseNorm in=3x4x4 size=4 | an odd size, got size 4",
        "Dropout in=9 p=1 | a probability in [0, 1), got p 1.0",
        "Dropout in=9 p=NaN | a probability in [0, 1), got p NaN",
        "StochasticDepth in=9 p=1 | a probability in [0, 1), got p 1.0",
      })
  void whatDoesNotFitIsRefusedByNodeWithWhatCameAndWhatWasExpected(String line, String said) {
    OpCases.OpCase c = OpCases.parse(line.replace(" in=", " n=1 in="));
    GraphBuilder b = new GraphBuilder("g");
    Node image = b.input(Shape.of(1, 8, 8));
    Node[] inputs = new Node[c.inputs().size()];
    for (int i = 0; i < inputs.length; i++) {
      Shape s = c.inputs().get(i);
      inputs[i] =
          s.rank() == 1
              ? b.linear("stem" + i, b.flatten("flat" + i, image), s.dim(0))
              : b.conv(
                  "stem" + i, image, Op.Conv2d.of(s.dim(0), Window.of(9 - s.dim(1), 9 - s.dim(2))));
    }
    assertThatThrownBy(() -> b.add("the.node", c.op(), inputs))
        .isInstanceOf(GraphException.class)
        .hasMessageStartingWith("node 'the.node' (" + c.kind() + "): expected ")
        .hasMessageContaining(said)
        .hasMessageContaining("; ");
  }

  @Test
  void aWindowMustHaveAKernelAStrideAndLessPaddingThanKernel() {
    assertThatThrownBy(() -> Window.square(0))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("0x0");
    assertThatThrownBy(() -> Window.square(3).stride(0))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("stride 0x0");
    assertThatThrownBy(() -> Window.square(3).pad(3))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("padding 3x3 for kernel 3x3");
    assertThatThrownBy(() -> Window.square(3).pad(-1))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("-1x-1");
  }

  @Test
  void everyWindowOfEveryPoolTouchesTheImage() {
    for (int in = 1; in <= 9; in++) {
      for (int kernel = 1; kernel <= 5; kernel++) {
        for (int stride = 1; stride <= 6; stride++) {
          for (int pad = 0; pad < kernel; pad++) {
            Window w = new Window(kernel, kernel, stride, stride, pad, pad);
            for (boolean ceil : new boolean[] {false, true}) {
              int last = (w.outH(in, ceil) - 1) * stride - pad;
              assertThat(last).as("%s over %d cells, ceil %s", w, in, ceil).isLessThan(in);
            }
          }
        }
      }
    }
  }

  /**
   * What torch.nn.functional.max_pool1d of PyTorch 1.13 gives: a line per input size, a column per
   * kernel from 1, in it an entry per padding from 0 to half the kernel: the output sizes for
   * strides 1 to 4, rounded down / rounded up; 0 where PyTorch refuses.
   */
  private static final String PYTORCH =
      """
      1111/1111 | 0000/0111 2111/2111 | 0000/0011 1111/1111 | 0000/0001 0000/0111 2111/2211
      2111/2111 | 1111/1111 3211/3211 | 0000/0111 2111/2211 | 0000/0011 1111/1111 3211/3221
      3211/3211 | 2111/2211 4221/4221 | 1111/1111 3211/3221 | 0000/0111 2111/2221 4221/4322
      4221/4221 | 3211/3221 5322/5322 | 2111/2221 4221/4322 | 1111/1111 3211/3222 5322/5322
      5322/5322 | 4221/4322 6322/6322 | 3211/3222 5322/5322 | 2111/2222 4221/4322 6322/6432
      """;

  @Test
  void poolsAreAsLargeAsPyTorchs() {
    String[] lines = PYTORCH.split("\n");
    for (int in = 1; in <= lines.length; in++) {
      String[] kernels = lines[in - 1].split(" \\| ");
      for (int kernel = 1; kernel <= kernels.length; kernel++) {
        String[] pads = kernels[kernel - 1].split(" ");
        for (int pad = 0; pad < pads.length; pad++) {
          StringBuilder sizes = new StringBuilder();
          for (boolean ceil : new boolean[] {false, true}) {
            sizes.append(ceil ? "/" : "");
            for (int stride = 1; stride <= 4; stride++) {
              Window w = new Window(kernel, kernel, stride, stride, pad, pad);
              sizes.append(Math.max(0, w.outH(in, ceil)));
            }
          }
          assertThat(sizes)
              .as("%d cells, kernel %d, padding %d", in, kernel, pad)
              .hasToString(pads[pad]);
        }
      }
    }
  }

  @Test
  void aWindowPrintsItsStrideAndPadding() {
    assertThat(Window.square(3).pad(1).stride(2)).hasToString("3x3/2 p1");
    assertThat(Window.of(1, 7).pad(0, 3)).hasToString("1x7/1 p0x3");
    assertThat(new Window(3, 3, 1, 2, 0, 0)).hasToString("3x3/1x2");
  }
}
