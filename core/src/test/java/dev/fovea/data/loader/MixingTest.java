package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.augment.Augment;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.reference.ReferenceOptimizers;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Rng;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MixingTest {
  private static final List<Double> MEAN = List.of(0.5, 0.4, 0.3);
  private static final List<Double> STD = List.of(0.2, 0.25, 0.3);
  private static final Preprocessing SIXTEEN = Preprocessing.nativeSize(16, 16, MEAN, STD);
  private static final LoaderOptions OPTIONS = LoaderOptions.STANDARD.withSeed(3);
  private static final Mixing BOTH = new Mixing(0.2, 1, 0.9, 0.5);

  private final Dataset shapes = new SyntheticShapes(16, 100, 23, 1).open(Split.TRAIN);

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.2, 1, 4})
  void sharesFollowTheBetaDistribution(double alpha) {
    int n = 100_000;
    double mean = 0;
    double variance = 0;
    int nearTheEnds = 0;
    for (int i = 0; i < n; i++) {
      double share = Mixing.beta(alpha, Rng.of(1, 0, i));
      assertThat(share).isBetween(0.0, 1.0);
      mean += share / n;
      variance += (share - 0.5) * (share - 0.5) / n;
      nearTheEnds += share < 0.1 || share > 0.9 ? 1 : 0;
    }
    double expected = 1 / (4 * (2 * alpha + 1));
    assertThat(mean).isCloseTo(0.5, within(0.006));
    assertThat(variance).isCloseTo(expected, within(0.003));
    // 2 F(0.1) of Beta(alpha, alpha), integrated numerically.
    Map<Double, Double> ends = Map.of(0.1, 0.81277, 0.2, 0.67338, 1.0, 0.2, 4.0, 0.005456);
    assertThat((double) nearTheEnds / n).isCloseTo(ends.get(alpha), within(0.006));
  }

  @Test
  void cutmixTakesSidesOfTheRootOfTheShareCutAtTheEdges() {
    int whole = 0;
    double area = 0;
    int n = 4000;
    for (int i = 0; i < n; i++) {
      Resize.Box box = Mixing.box(20, 40, 0.75, Rng.of(2, 0, i));
      assertThat(box.left()).isBetween(0, 40 - box.width());
      assertThat(box.top()).isBetween(0, 20 - box.height());
      assertThat(box.width()).isLessThanOrEqualTo(20);
      assertThat(box.height()).isLessThanOrEqualTo(10);
      whole += box.width() == 20 && box.height() == 10 ? 1 : 0;
      area += box.width() * box.height() / (double) n;
    }
    // The center is uniform: along a side of n pixels with halves of h, h..n-h lose nothing, and
    // those in 0..h-1 lose h..1, those in n-h+1..n-1 lose 1..h-1.
    assertThat((double) whole / n).isCloseTo(21 / 40.0 * 11 / 20, within(0.03));
    assertThat(area).isCloseTo((20 - (55 + 45) / 40.0) * (10 - (15 + 10) / 20.0), within(2.5));
    assertThat(Mixing.box(20, 40, 1, Rng.of(1, 1, 1)).width()).isZero();
    assertThat(Mixing.box(20, 40, 0, Rng.of(1, 1, 1)).width()).isGreaterThan(19);
  }

  private record Seen(int number, float share, int[] labels, byte[] pixels, float[] targets) {
    static Seen of(Batch b) {
      byte[] pixels = new byte[b.pixels().remaining()];
      b.pixels().get(pixels);
      float[] targets = new float[b.format().batch() * 10];
      b.targets(10, targets);
      return new Seen(b.number(), b.share(), b.labels().clone(), pixels, targets);
    }

    void assertSame(Seen other) {
      assertThat(number).isEqualTo(other.number);
      assertThat(share).isEqualTo(other.share);
      assertThat(labels).isEqualTo(other.labels);
      assertThat(pixels).isEqualTo(other.pixels);
      assertThat(targets).isEqualTo(other.targets);
    }
  }

  private Loader loader(DType type, LoaderOptions options, Mixing mixing) {
    return Loader.training(
        shapes, Augment.cifar(), SIXTEEN, new BatchFormat(9, 3, 16, 16, type), options, mixing);
  }

  private static List<Seen> drain(Loader loader, int epoch, int first) {
    List<Seen> all = new ArrayList<>();
    try (loader;
        Loader.Batches batches = loader.epoch(epoch, first)) {
      while (batches.hasNext()) {
        try (Batch b = batches.next()) {
          all.add(Seen.of(b));
        }
      }
    }
    return all;
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void neitherThreadsNorResumingChangeAMixedBatch(DType type) {
    List<Seen> one = drain(loader(type, OPTIONS, BOTH), 2, 0);
    List<Seen> four = drain(loader(type, OPTIONS.withThreads(4, 5), BOTH), 2, 0);
    List<Seen> rest = drain(loader(type, OPTIONS.withThreads(2, 2), BOTH), 2, 4);
    for (int i = 0; i < one.size(); i++) {
      four.get(i).assertSame(one.get(i));
    }
    for (int i = 0; i < rest.size(); i++) {
      rest.get(i).assertSame(one.get(i + 4));
    }
    Set<Float> shares = new HashSet<>();
    one.forEach(b -> shares.add(b.share()));
    assertThat(shares).hasSizeGreaterThan(5);
    assertThat(drain(loader(type, OPTIONS, BOTH), 3, 0).get(0).share())
        .isNotEqualTo(one.get(0).share());
  }

  @Test
  void mixupBlendsEachImageWithItsPartnerAndSoTheTargets() {
    List<Seen> plain = drain(loader(DType.F32, OPTIONS, Mixing.NONE), 1, 0);
    List<Seen> mixed = drain(loader(DType.F32, OPTIONS, new Mixing(1, 0, 1, 0.5)), 1, 0);
    for (int n = 0; n < plain.size(); n++) {
      float s = mixed.get(n).share();
      float[] x = floats(plain.get(n));
      float[] z = floats(mixed.get(n));
      int size = x.length / 9;
      for (int i = 0; i < 9; i++) {
        for (int e = 0; e < size; e++) {
          double expected = (double) s * x[i * size + e] + (1.0 - s) * x[(8 - i) * size + e];
          assertThat((double) z[i * size + e]).isCloseTo(expected, within(1e-6));
        }
        assertThat(1 - (double) s).as("the rest is exact").isEqualTo(1 - s);
        float[] target = new float[10];
        target[plain.get(n).labels()[i]] += s;
        target[plain.get(n).labels()[8 - i]] += 1 - s;
        assertThat(Arrays.copyOfRange(mixed.get(n).targets(), i * 10, i * 10 + 10))
            .isEqualTo(target);
      }
      assertThat(mixed.get(n).labels()).isEqualTo(plain.get(n).labels());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void cutmixShareIsThePartOfEachImageThatIsItsOwn(DType type) {
    List<Seen> plain = drain(loader(type, OPTIONS, Mixing.NONE), 1, 0);
    List<Seen> mixed = drain(loader(type, OPTIONS, new Mixing(0, 1, 1, 0.5)), 1, 0);
    boolean anyCut = false;
    for (int n = 0; n < plain.size(); n++) {
      byte[] x = plain.get(n).pixels();
      byte[] z = mixed.get(n).pixels();
      int value = type.bytes();
      int size = x.length / 9;
      for (int i = 0; i < 9; i++) {
        int own = 0;
        for (int e = 0; e < size; e += value) {
          int here = i * size + e;
          int there = (8 - i) * size + e;
          boolean mine = Arrays.equals(x, here, here + value, z, here, here + value);
          boolean others = Arrays.equals(x, there, there + value, z, here, here + value);
          assertThat(mine || others).isTrue();
          own += mine ? 1 : 0;
        }
        // Where both images agree by chance a foreign pixel passes as an own one.
        float share = mixed.get(n).share();
        assertThat(own * (float) value / size).isGreaterThanOrEqualTo(share - 1e-6f);
        anyCut |= share < 0.9f && i != 4 && own * (float) value / size < share + 0.1f;
      }
    }
    assertThat(anyCut).isTrue();
  }

  private static float[] floats(Seen seen) {
    float[] f = new float[seen.pixels().length / 4];
    ByteBuffer.wrap(seen.pixels()).order(ByteOrder.nativeOrder()).asFloatBuffer().get(f);
    return f;
  }

  @Test
  void probabilitySaysHowManyBatchesAreMixedAndSwitchingHow() {
    BatchFormat format = new BatchFormat(2, 3, 10, 10, DType.F32);
    int mixed = 0;
    int cut = 0;
    int n = 4000;
    for (int i = 0; i < n; i++) {
      BatchBuffer batch = new BatchBuffer(format, b -> {});
      BatchBuffer.Row row = new BatchBuffer.Row(format);
      Arrays.fill(row.floats, 1);
      batch.store(0, 0, 0, row);
      float share = new Mixing(1, 1, 0.8, 0.25).mix(batch, 2, Rng.of(9, 0, i));
      batch.read(0, row.floats);
      boolean blended = row.floats[0] != 0 && row.floats[0] != 1;
      mixed += share == 1 ? 0 : 1;
      cut += share < 1 && !blended ? 1 : 0;
    }
    // A cut of less than two pixels is none: about 1 in 50 of Beta(1, 1) at 10 pixels.
    assertThat((double) mixed / n).isCloseTo(0.795, within(0.025));
    assertThat((double) cut / mixed).isCloseTo(0.245, within(0.03));
  }

  /** Softmax regression on the images of {@code make_mixing_golden.py}. */
  @Test
  void tenStepsOnMixedBatchesEqualPyTorchsAndTheFormulaOfThePaper() throws IOException {
    int n = 8;
    int classes = 5;
    Shape input = Shape.of(3, 4, 4);
    GraphBuilder b = new GraphBuilder("softmax");
    Graph graph = b.build(b.linear("fc", b.flatten("flat", b.input(input)), classes));
    double[] w = new double[classes * 48];
    Arrays.setAll(w, i -> StrictMath.sin(i) * 0.1);
    ReferenceProgram program =
        new ReferenceProgram(
            Gradients.of(graph, new SoftmaxCrossEntropy(0.1)),
            n,
            Map.of("fc.weight", w, "fc.bias", new double[classes]));
    ReferenceOptimizers.Sgd sgd = new ReferenceOptimizers.Sgd(0.9, 0, 0, false);
    List<Double> expected =
        new String(Golden.bytes("mixing.txt"), StandardCharsets.UTF_8)
            .lines()
            .map(Double::valueOf)
            .toList();
    for (int step = 0; step < 10; step++) {
      Batch batch = batch(n, classes, step);
      double[] pixels = new double[n * 48];
      float[] values = new float[n * 48];
      batch.pixels().asFloatBuffer().get(values);
      Arrays.setAll(pixels, i -> values[i]);
      float[] soft = new float[n * classes];
      batch.targets(classes, soft);
      double[] targets = new double[soft.length];
      Arrays.setAll(targets, i -> soft[i]);
      double loss = program.step(pixels, targets, 0).loss();
      assertThat(loss).as("step %d", step).isCloseTo(expected.get(step), within(1e-9));
      double formula = paper(program.value(graph.logits()), batch, classes);
      assertThat(loss).as("formula, step %d", step).isCloseTo(formula, within(1e-9));
      sgd.step(program, 0.05);
    }
  }

  private static Batch batch(int n, int classes, int step) {
    double[] shares = {0.3, 0.9, 0.55, 0.71, 0.05};
    int[][] boxes = {{0, 0, 2, 3}, {1, 1, 3, 2}, {3, 0, 1, 4}, {0, 2, 4, 2}, {2, 2, 0, 0}};
    BatchFormat format = new BatchFormat(n, 3, 4, 4, DType.F32);
    BatchBuffer buffer = new BatchBuffer(format, x -> {});
    BatchBuffer.Row row = new BatchBuffer.Row(format);
    Normalizer normalizer = new Normalizer(Preprocessing.nativeSize(4, 4, MEAN, STD));
    for (int i = 0; i < n; i++) {
      byte[] rgb = new byte[48];
      for (int k = 0; k < 48; k++) {
        rgb[k] = (byte) (i * 53 + k * 29 + i * k % 7 * 11);
      }
      normalizer.floats(new Image(4, 4, rgb), row.floats);
      buffer.store(i, i, i * 3 % classes, row);
    }
    float share = Mixing.roundShare(shares[step / 2]);
    if (step % 2 == 0) {
      buffer.blend(n, share);
    } else {
      int[] box = boxes[step / 2];
      buffer.exchange(n, new Resize.Box(box[0], box[1], box[2], box[3]));
      share = Mixing.roundShare(1 - box[2] * box[3] / 16.0);
    }
    return new Batch(new SyntheticShapes(8, 10, 10, 0).open(Split.TRAIN), step, n, share, buffer);
  }

  // s CE(z, y) + (1 - s) CE(z, y'), each label smoothed by itself.
  private static double paper(double[] logits, Batch batch, int classes) {
    double loss = 0;
    int n = batch.count();
    for (int i = 0; i < n; i++) {
      double[] z = Arrays.copyOfRange(logits, i * classes, (i + 1) * classes);
      double s = batch.share();
      loss += s * smoothed(z, batch.labels()[i]) / n;
      loss += (1 - s) * smoothed(z, batch.labels()[n - 1 - i]) / n;
    }
    return loss;
  }

  private static double smoothed(double[] z, int label) {
    double log = Math.log(Arrays.stream(z).map(Math::exp).sum());
    double mean = Arrays.stream(z).map(v -> log - v).average().orElseThrow();
    return 0.9 * (log - z[label]) + 0.1 * mean;
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new Mixing(-1, 0, 1, 0.5)).isInstanceOf(DataException.class);
    assertThatThrownBy(() -> new Mixing(1, 0, 1.5, 0.5)).isInstanceOf(DataException.class);
    assertThat(Mixing.NONE.isOn()).isFalse();
  }
}
