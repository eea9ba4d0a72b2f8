package dev.fovea.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way in which files spell out what is one layer, and what becomes of it. */
class RewritesTest {
  @TempDir private Path folder;

  private static final Map<String, Attribute> TO_NHWC = Map.of("perm", Attribute.list(0, 2, 3, 1));
  private static final Map<String, Attribute> TO_NCHW = Map.of("perm", Attribute.list(0, 3, 1, 2));

  /** A network with 4x4 images: convolution, ReLU, mean, linear layer. */
  private TestModel.Network plain() {
    TestModel m = new TestModel(0, 3, 4, 4);
    String x = m.node("Conv", "x", m.floats(-1, 2, 3, 3, 3), m.floats(0.5, 2));
    return m.read(folder, tail(m, m.node("Relu", x)));
  }

  private static String tail(TestModel m, String x) {
    String flat = m.node("Flatten", m.node("GlobalAveragePool", x));
    return m.node(
        "Gemm", Map.of("transB", Attribute.of(1)), flat, m.floats(-2, 5, 2), m.floats(1, 5));
  }

  @Test
  void aCleanFileIsReadAsItIs() {
    assertThat(plain().definition())
        .contains(
            "conv1=Conv2d(input|2|3x3s1x1p0x0|1|true);relu1=Relu(conv1);"
                + "globalavgpool1=GlobalAvgPool(relu1)");
    assertThat(plain().weights()).containsKeys("conv1.weight", "conv1.bias", "fc1.weight");
  }

  @Test
  void transpositionsAndCastsVanish() {
    TestModel m = new TestModel(0, 4, 4, 3);
    Map<String, Attribute> toFloat = Map.of("to", Attribute.of(1));
    String x = m.node("Cast", toFloat, "x");
    x = m.node("Transpose", TO_NCHW, x);
    x = m.node("Conv", x, m.floats(-1, 2, 3, 3, 3));
    x = m.node("Transpose", TO_NHWC, x);
    x = m.node("Add", m.node("Cast", toFloat, x), m.floats(0.5, 1, 1, 1, 2));
    x = m.node("Relu", x);
    x = m.node("ReduceMean", Map.of("axes", Attribute.list(1, 2), "keepdims", Attribute.of(0)), x);
    x = m.node("MatMul", x, m.floats(-2, 2, 5));
    TestModel.Network read = m.read(folder, m.node("Softmax", m.node("Add", x, m.floats(1, 5))));
    assertThat(read.definition()).isEqualTo(plain().definition());
    assertThat(read.weights().get("conv1.bias")).isEqualTo(plain().weights().get("conv1.bias"));
  }

  @Test
  void weightsFollowAFlatteningInAnotherOrder() {
    TestModel nchw = new TestModel(0, 3, 2, 2);
    TestModel nhwc = new TestModel(0, 2, 2, 3);
    String flat = nchw.node("Flatten", "x");
    List<Float> ours =
        nchw.read(folder, nchw.node("MatMul", flat, nchw.floats(0, 12, 2)))
            .weights()
            .get("fc1.weight");
    String turned = nhwc.node("Reshape", "x", nhwc.longs(-1, 12));
    List<Float> theirs =
        nhwc.read(folder, nhwc.node("MatMul", turned, nhwc.floats(0, 12, 2)))
            .weights()
            .get("fc1.weight");
    // Element (h, w, c) of theirs is element (c, h, w) of ours.
    for (int o = 0; o < 2; o++) {
      for (int c = 0; c < 3; c++) {
        for (int cell = 0; cell < 4; cell++) {
          assertThat(Objects.requireNonNull(theirs).get(o * 12 + c * 4 + cell))
              .isEqualTo(Objects.requireNonNull(ours).get(o * 12 + cell * 3 + c));
        }
      }
    }
  }

  @Test
  void aNormThatIsSpelledOutIsANorm() {
    TestModel m = new TestModel(0, 3, 4, 4);
    String x = m.node("Conv", "x", m.floats(-1, 2, 3, 3, 3));
    x = m.node("Add", x, m.floats(0.25, 1, 2, 1, 1));
    x = m.node("Sub", x, m.floats(1, 1, 2, 1, 1));
    x = m.node("Mul", x, m.floats(0.5, 1, 2, 1, 1));
    x = m.node("Add", x, m.floats(3, 2, 1, 1));
    TestModel.Network read = m.read(folder, tail(m, m.node("Relu", x)));
    assertThat(read.definition())
        .contains("conv1=Conv2d(input|2|3x3s1x1p0x0|1|false);norm1=BatchNorm(conv1|");
    List<Float> mean = Objects.requireNonNull(read.weights().get("norm1.running_mean"));
    List<Float> variance = Objects.requireNonNull(read.weights().get("norm1.running_var"));
    List<Float> gamma = Objects.requireNonNull(read.weights().get("norm1.weight"));
    assertThat(mean).containsExactly(0.75f, 0.75f);
    assertThat(read.weights().get("norm1.bias")).containsExactly(3f, 3.125f);
    for (int c = 0; c < 2; c++) {
      assertThat(gamma.get(c) / Math.sqrt(variance.get(c) + 1e-5))
          .isCloseTo(0.5 + c / 8.0, within(1e-6));
      assertThat(gamma.get(c)).isCloseTo(1, within(1e-6f));
    }
  }

  @Test
  void aScaleAfterANormIsPartOfIt() {
    TestModel m = new TestModel(0, 3, 4, 4);
    String x = m.node("Conv", "x", m.floats(-1, 2, 3, 3, 3));
    x =
        m.node(
            "BatchNormalization",
            x,
            m.floats(1, 2),
            m.floats(0.5, 2),
            m.floats(0.25, 2),
            m.floats(2, 2));
    x = m.node("Mul", x, m.floats(2, 2, 1, 1));
    x = m.node("Add", x, m.floats(1, 2, 1, 1));
    TestModel.Network read = m.read(folder, tail(m, m.node("Relu", x)));
    assertThat(read.weights().get("norm1.weight")).containsExactly(2f, 1.125f * 2.125f);
    assertThat(read.weights().get("norm1.bias")).containsExactly(2f, 0.625f * 2.125f + 1.125f);
    assertThat(read.weights()).hasSize(7);
  }

  @Test
  void paddingsThatAreComputedGoIntoTheWindow() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String shape = m.node("Shape", "x");
    String rows = m.node("Gather", shape, m.longs(2));
    String half = m.node("Div", rows, m.longs(8));
    String pads =
        m.node(
            "Concat",
            Map.of("axis", Attribute.of(0)),
            m.longs(0, 0),
            half,
            half,
            m.longs(0, 0),
            half,
            half);
    String padded = m.node("Pad", "x", pads);
    String x = m.node("Conv", padded, m.floats(-1, 2, 3, 3, 3));
    assertThat(m.read(folder, tail(m, x)).definition())
        .contains("conv1=Conv2d(input|2|3x3s1x1p1x1|1|false)");
  }

  @Test
  void unevenPaddingOfAConvolutionWidensItsKernel() {
    TestModel m = new TestModel(0, 3, 8, 8);
    Map<String, Attribute> same =
        Map.of("auto_pad", Attribute.of("SAME_UPPER"), "strides", Attribute.list(2, 2));
    String x = m.node("Conv", same, "x", m.floats(1, 2, 3, 3, 3));
    TestModel.Network read = m.read(folder, tail(m, x));
    assertThat(read.definition()).contains("conv1=Conv2d(input|2|4x4s2x2p1x1|1|false)");
    List<Float> wide = Objects.requireNonNull(read.weights().get("conv1.weight"));
    assertThat(wide.subList(0, 8)).containsExactly(0f, 0f, 0f, 0f, 0f, 1f, 1.125f, 1.25f);
  }

  @Test
  void unevenPaddingOfAMaximumIsWhatExtendsPastTheEdge() {
    for (String mode : List.of("edge", "constant")) {
      TestModel m = new TestModel(0, 3, 8, 8);
      String x = m.node("Relu", m.node("Conv", "x", m.floats(1, 2, 3, 1, 1)));
      x = m.node("Pad", Map.of("mode", Attribute.of(mode)), x, m.longs(0, 0, 0, 0, 0, 0, 1, 1));
      x =
          m.node(
              "MaxPool",
              Map.of("kernel_shape", Attribute.list(3, 3), "strides", Attribute.list(2, 2)),
              x);
      assertThat(m.read(folder, tail(m, x)).definition())
          .contains("pool1=MaxPool(relu1|3x3s2x2p0x0|true)");
    }
  }

  @Test
  void anAverageOfAllCellsIsAGlobalPool() {
    TestModel m = new TestModel(0, 3, 6, 6);
    String x = m.node("Conv", "x", m.floats(1, 2, 3, 1, 1));
    Map<String, Attribute> seven =
        Map.of("kernel_shape", Attribute.list(7, 7), "pads", Attribute.list(0, 0, 1, 1));
    String flat = m.node("Reshape", m.node("AveragePool", seven, x), m.longs(0, 2));
    String fc = m.node("MatMul", flat, m.floats(1, 2, 3));
    assertThat(m.read(folder, fc).definition())
        .contains("globalavgpool1=GlobalAvgPool(conv1);")
        .endsWith(">fc1:1.0}");
  }

  @Test
  void rowsLeftOutAndChannelsPaddedAreAShortcut() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String x = m.node("Slice", "x", m.longs(0, 0), m.longs(99, 99), m.longs(2, 3), m.longs(2, 2));
    x = m.node("Pad", x, m.longs(0, 1, 0, 0, 0, 2, 0, 0));
    x = m.node("Flatten", m.node("GlobalAveragePool", x));
    assertThat(m.read(folder, m.node("MatMul", x, m.floats(1, 6, 3))).definition())
        .contains("padshortcut1=PadShortcut(input|6|2|1)");
  }

  /** A network whose input channels are in another order. */
  private TestModel.Network reordered(java.util.function.Function<TestModel, String> order) {
    TestModel m = new TestModel(0, 3, 4, 4);
    String x = m.node("Conv", order.apply(m), m.floats(-1, 2, 3, 3, 3), m.floats(0.5, 2));
    return m.read(folder, tail(m, m.node("Relu", x)));
  }

  @Test
  void channelsInAnotherOrderGoIntoTheFirstConvolution() {
    Map<String, Attribute> channels = Map.of("axis", Attribute.of(1));
    List<java.util.function.Function<TestModel, String>> ways =
        List.of(
            m -> m.node("Gather", channels, "x", m.longs(2, 1, 0)),
            m -> m.node("Slice", "x", m.longs(-1), m.longs(-99), m.longs(1), m.longs(-1)),
            m -> {
              String blue = m.node("Slice", "x", m.longs(2), m.longs(3), m.longs(1));
              String green = m.node("Slice", "x", m.longs(1), m.longs(2), m.longs(1));
              String red = m.node("Slice", "x", m.longs(0), m.longs(1), m.longs(1));
              return m.node("Concat", channels, blue, green, red);
            });
    List<Float> own = Objects.requireNonNull(plain().weights().get("conv1.weight"));
    for (java.util.function.Function<TestModel, String> way : ways) {
      TestModel.Network read = reordered(way);
      assertThat(read.definition()).isEqualTo(plain().definition());
      List<Float> turned = Objects.requireNonNull(read.weights().get("conv1.weight"));
      assertThat(turned.subList(0, 9)).isEqualTo(own.subList(18, 27));
      assertThat(turned.subList(9, 18)).isEqualTo(own.subList(9, 18));
      assertThat(turned.subList(18, 27)).isEqualTo(own.subList(0, 9));
    }
  }

  @Test
  void aGrayImageThatIsTripledSumsTheWeights() {
    TestModel m = new TestModel(0, 1, 4, 4);
    String x = m.node("Gather", Map.of("axis", Attribute.of(1)), "x", m.longs(0, 0, 0));
    x = m.node("Conv", x, m.floats(1, 2, 3, 1, 1));
    TestModel.Network read = m.read(folder, tail(m, m.node("Relu", x)));
    assertThat(read.weights().get("conv1.weight"))
        .containsExactly(1 + 1.125f + 1.25f, 1.375f + 1.5f + 1.625f);
  }

  @Test
  void aBoundFromAboveIsADifferenceOfTwoReLUs() {
    for (boolean asClip : new boolean[] {true, false}) {
      TestModel m = new TestModel(0, 3, 4, 4);
      String x = m.node("Conv", "x", m.floats(1, 2, 3, 3, 3));
      x =
          asClip
              ? m.node("Clip", x, m.scalar(0), m.scalar(6))
              : m.node("Min", m.node("Max", m.scalar(0), x), m.scalar(6));
      assertThat(m.read(folder, tail(m, x)).definition())
          .contains(
              "relu1=Relu(conv1);affine1=Affine(relu1|1.0|-6.0);relu2=Relu(affine1);"
                  + "affine2=Affine(relu2|-1.0|0.0);add1=Add(relu1,affine2);");
    }
  }

  @Test
  void aDilatedKernelGetsZerosBetweenItsCells() {
    TestModel m = new TestModel(0, 3, 8, 8);
    Map<String, Attribute> two =
        Map.of("dilations", Attribute.list(2, 2), "pads", Attribute.list(2, 2, 2, 2));
    String x = m.node("Conv", two, "x", m.floats(1, 2, 3, 3, 3));
    TestModel.Network read = m.read(folder, tail(m, x));
    assertThat(read.definition()).contains("conv1=Conv2d(input|2|5x5s1x1p2x2|1|false)");
    assertThat(Objects.requireNonNull(read.weights().get("conv1.weight")).subList(0, 11))
        .containsExactly(1f, 0f, 1.125f, 0f, 1.25f, 0f, 0f, 0f, 0f, 0f, 1.375f);
  }

  @Test
  void morePaddingInFrontPutsZerosBehindTheKernel() {
    TestModel m = new TestModel(0, 3, 8, 8);
    Map<String, Attribute> lower = Map.of("auto_pad", Attribute.of("SAME_LOWER"));
    String x = m.node("Conv", lower, "x", m.floats(1, 2, 3, 2, 2));
    TestModel.Network read = m.read(folder, tail(m, x));
    assertThat(read.definition()).contains("conv1=Conv2d(input|2|3x3s1x1p1x1|1|false)");
    assertThat(Objects.requireNonNull(read.weights().get("conv1.weight")).subList(0, 9))
        .containsExactly(1f, 1.125f, 0f, 1.25f, 1.375f, 0f, 0f, 0f, 0f);
  }

  @Test
  void zerosThatMayBeTheMaximumAreALayerOfTheirOwn() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String x = m.node("Conv", "x", m.floats(1, 2, 3, 1, 1));
    x =
        m.node(
            "Pad",
            m.node("Pad", x, m.longs(0, 0, 1, 1, 0, 0, 0, 0)),
            m.longs(0, 0, 0, 0, 0, 0, 1, 1));
    x = m.node("MaxPool", Map.of("kernel_shape", Attribute.list(2, 2)), x);
    TestModel.Network read = m.read(folder, tail(m, x));
    assertThat(read.definition())
        .contains("conv2=Conv2d(conv1|2|3x3s1x1p2x2|2|false);pool1=MaxPool(conv2|2x2s1x1p0x0|");
    assertThat(Objects.requireNonNull(read.weights().get("conv2.weight")).subList(0, 9))
        .containsExactly(0f, 0f, 0f, 0f, 1f, 0f, 0f, 0f, 0f);
  }

  @Test
  void opsetsBeforeSevenSayToWhichAxisAConstantBelongs() {
    TestModel m = new TestModel(0, 3, 4, 4).opset(3);
    Map<String, Attribute> toChannels =
        Map.of("broadcast", Attribute.of(1), "axis", Attribute.of(1));
    String x = m.node("Conv", "x", m.floats(-1, 2, 3, 3, 3));
    x = m.node("Relu", m.node("Add", toChannels, x, m.floats(0.5, 2)));
    x = m.node("GlobalAveragePool", x);
    x = m.node("Reshape", Map.of("shape", Attribute.list(0, -1)), x);
    x = m.node("Dropout", Map.of("is_test", Attribute.of(1)), x);
    Map<String, Attribute> gemm = Map.of("transB", Attribute.of(1), "broadcast", Attribute.of(1));
    x = m.node("Gemm", gemm, x, m.floats(-2, 5, 2), m.floats(1, 5));
    TestModel.Network read = m.read(folder, m.node("Softmax", x));
    assertThat(read.definition().replace("dropout1=Dropout(", ""))
        .contains("conv1=Conv2d(input|2|3x3s1x1p0x0|1|true);relu1=Relu(conv1)");
    assertThat(read.weights()).isEqualTo(plain().weights());
  }

  @Test
  void featuresGetAClassifierIfClassesAreGiven() {
    TestModel m = new TestModel(0, 3, 4, 4);
    String x = m.node("Relu", m.node("Conv", "x", m.floats(-1, 2, 3, 3, 3), m.floats(0.5, 2)));
    Path path = m.write(folder, x);
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = OnnxImport.of(file, path, OptionalInt.empty(), OptionalInt.of(5), 1);
      assertThat(read.graph().classes()).isEqualTo(5);
      assertThat(read.fresh()).containsExactly("fc1.weight", "fc1.bias");
      assertThat(read.weights().read("fc1.weight")).doesNotContain(0);
      assertThat(read.notes()).anyMatch(n -> n.contains("was added"));
    }
  }

  @Test
  void aMeanImageThatIsTheSameInEachCellIsAMean() {
    TestModel m = new TestModel(0, 3, 4, 4);
    String cells = m.node("Expand", m.floats(100, 3, 1, 1), m.longs(1, 3, 4, 4));
    String x =
        m.node("Conv", m.node("Sub", "x", cells), m.floats(-1, 2, 3, 3, 3), m.floats(0.5, 2));
    Path path = m.write(folder, tail(m, m.node("Relu", x)));
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport read = OnnxImport.of(file, path, OptionalInt.empty(), OptionalInt.empty(), 1);
      assertThat(read.expectsImages()).contains("unit,range=byte");
      Preprocessing raw =
          Preprocessing.nativeSize(4, 4, List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0));
      assertThat(read.forNetwork(raw).mean()).containsExactly(100.0, 100.125, 100.25);
      assertThat(read.forNetwork(raw).std()).containsExactly(1.0, 1.0, 1.0);
    }
  }
}
