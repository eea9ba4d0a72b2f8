package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.augment.Cutout;
import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.augment.PadCrop;
import dev.fovea.data.augment.RandomResizedCrop;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.image.TestImages;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Rng;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LoaderTest {
  private static final List<Double> MEAN = List.of(0.5, 0.4, 0.3);
  private static final List<Double> STD = List.of(0.2, 0.25, 0.3);
  private static final Preprocessing SIXTEEN = Preprocessing.nativeSize(16, 16, MEAN, STD);
  private static final LoaderOptions OPTIONS = LoaderOptions.STANDARD.withSeed(3);

  private final Dataset shapes = new SyntheticShapes(16, 100, 23, 1).open(Split.TRAIN);

  @TempDir Path dir;

  private static BatchFormat format(int batch, DType type) {
    return new BatchFormat(batch, 3, 16, 16, type);
  }

  private record Copy(int number, int count, int[] labels, byte[] pixels, List<String> names) {
    static Copy of(Batch b) {
      byte[] pixels = new byte[b.pixels().remaining()];
      b.pixels().get(pixels);
      return new Copy(
          b.number(),
          b.count(),
          b.labels().clone(),
          pixels,
          IntStream.range(0, b.count()).mapToObj(b::name).toList());
    }

    void assertSame(Copy other) {
      assertThat(number).isEqualTo(other.number);
      assertThat(count).isEqualTo(other.count);
      assertThat(names).isEqualTo(other.names);
      assertThat(labels).isEqualTo(other.labels);
      assertThat(pixels).isEqualTo(other.pixels);
    }
  }

  private static List<Copy> drain(Loader loader, int epoch, int first) {
    List<Copy> all = new ArrayList<>();
    try (Loader.Batches batches = loader.epoch(epoch, first)) {
      while (batches.hasNext()) {
        try (Batch b = batches.next()) {
          all.add(Copy.of(b));
        }
      }
    }
    return all;
  }

  private Loader training(int batch, DType type, LoaderOptions options) {
    List<Augment> augments =
        List.of(new PadCrop(2, PadCrop.Padding.REFLECT), new HorizontalFlip(0.5), new Cutout(5));
    return Loader.training(shapes, augments, SIXTEEN, format(batch, type), options);
  }

  @Test
  void threadsAndPrefetchChangeNothing() {
    try (Loader one = training(8, DType.F32, OPTIONS.withThreads(1, 1));
        Loader many = training(8, DType.F32, OPTIONS.withThreads(5, 7))) {
      for (int epoch = 0; epoch < 3; epoch++) {
        List<Copy> a = drain(one, epoch, 0);
        List<Copy> b = drain(many, epoch, 0);
        assertThat(a).hasSize(12);
        assertThat(b).hasSize(12);
        IntStream.range(0, 12).forEach(i -> a.get(i).assertSame(b.get(i)));
      }
    }
  }

  @Test
  void threadsThatWorkBetweenStepsGiveTheSameBatches() {
    LoaderOptions between = OPTIONS.withThreads(3, 2).withTurns(LoaderTurns.BETWEEN_STEPS);
    try (Loader one = training(8, DType.F32, OPTIONS.withThreads(1, 1));
        Loader many = training(8, DType.F32, between)) {
      for (int epoch = 0; epoch < 2; epoch++) {
        List<Copy> a = drain(one, epoch, 3);
        List<Copy> b = drain(many, epoch, 3);
        assertThat(b).hasSize(9);
        IntStream.range(0, 9).forEach(i -> a.get(i).assertSame(b.get(i)));
      }
    }
  }

  @Test
  void threadsThatWorkBetweenStepsBeginNothingDuringAStep() throws InterruptedException {
    LoaderOptions between = OPTIONS.withThreads(2, 3).withTurns(LoaderTurns.BETWEEN_STEPS);
    try (Loader loader = training(4, DType.F32, between);
        Loader.Batches batches = loader.epoch(0)) {
      Thread.sleep(50);
      assertThat(loader.time().images()).as("before the first batch is asked for").isZero();
      try (Batch first = batches.next()) {
        long made = loader.time().images();
        // Each thread may have begun one image, and the other threads images of the next batch.
        Thread.sleep(50);
        assertThat(first.count()).isEqualTo(4);
        assertThat(loader.time().images()).isBetween(4L, made + 2);
      }
      batches.next().close();
      assertThat(loader.time().images()).isGreaterThanOrEqualTo(8);
    }
  }

  @Test
  void trainingImagesAreVariedAtFullSizeAndThenResized() {
    List<Augment> augments = List.of(new PadCrop(2, PadCrop.Padding.REFLECT), new Cutout(5));
    BatchFormat small = new BatchFormat(8, 3, 10, 10, DType.F32);
    SampleMaker full = new SampleMaker(shapes, augments, SIXTEEN, format(8, DType.F32), 3);
    Normalizer normalizer = new Normalizer(SIXTEEN);
    float[] expected = new float[small.imageElements()];
    try (Loader loader = Loader.training(shapes, augments, SIXTEEN, small, OPTIONS)) {
      int[] order = Rng.of(3, 2, -1).permutation(100);
      Copy third = drain(loader, 2, 3).get(0);
      FloatBuffer pixels =
          java.nio.ByteBuffer.wrap(third.pixels).order(ByteOrder.nativeOrder()).asFloatBuffer();
      for (int i = 0; i < 8; i++) {
        Image varied = full.image(order[3 * 8 + i], 2);
        normalizer.floats(Resize.to(varied, 10, 10, SIXTEEN.interpolation()), expected);
        float[] got = new float[expected.length];
        pixels.get(i * got.length, got);
        assertThat(got).as("image %d", i).isEqualTo(expected);
      }
    }
  }

  @Test
  void resumingInTheMiddleGivesTheSameBatches() {
    try (Loader loader = training(8, DType.BF16, OPTIONS.withThreads(2, 3));
        Loader resumed = training(8, DType.BF16, OPTIONS.withThreads(3, 2))) {
      List<Copy> whole = drain(loader, 4, 0);
      List<Copy> rest = drain(resumed, 4, 7);
      assertThat(rest).hasSize(5);
      IntStream.range(0, 5).forEach(i -> rest.get(i).assertSame(whole.get(7 + i)));
      assertThat(drain(resumed, 4, 12)).isEmpty();
    }
  }

  @Test
  void anEpochShowsEveryImageOnceAndEpochsDiffer() {
    try (Loader loader = training(10, DType.F32, OPTIONS)) {
      List<String> first = drain(loader, 0, 0).stream().flatMap(c -> c.names.stream()).toList();
      List<String> second = drain(loader, 1, 0).stream().flatMap(c -> c.names.stream()).toList();

      assertThat(first)
          .hasSize(100)
          .doesNotHaveDuplicates()
          .containsExactlyInAnyOrderElementsOf(second);
      assertThat(first).isNotEqualTo(second);
    }
  }

  @Test
  void anotherSeedGivesAnotherOrder() {
    try (Loader a = training(10, DType.F32, OPTIONS);
        Loader b = training(10, DType.F32, OPTIONS.withSeed(4))) {
      assertThat(drain(a, 0, 0).get(0).names).isNotEqualTo(drain(b, 0, 0).get(0).names);
    }
  }

  @Test
  void evaluationKeepsTheOrderAndThePartialBatchEndsInZeros() {
    Dataset val = new SyntheticShapes(16, 100, 23, 1).open(Split.VAL);
    try (Loader loader =
        Loader.evaluation(val, SIXTEEN, format(10, DType.F32), OPTIONS.withThreads(2, 2))) {
      drain(loader, 0, 0);
      List<Copy> batches = drain(loader, 0, 0);

      assertThat(batches).extracting(Copy::count).containsExactly(10, 10, 3);
      assertThat(batches.get(2).names).containsExactly(val.name(20), val.name(21), val.name(22));
      int size = 3 * 16 * 16 * 4;
      byte[] tail = Arrays.copyOfRange(batches.get(2).pixels, 3 * size, 10 * size);
      assertThat(tail).containsOnly(0);
      assertThat(Arrays.copyOfRange(batches.get(2).labels, 0, 3))
          .containsExactly(val.label(20), val.label(21), val.label(22));
    }
  }

  @Test
  void pixelsAreNormalizedPlanesInBothFormats() {
    try (Loader f32 = Loader.evaluation(shapes, SIXTEEN, format(4, DType.F32), OPTIONS);
        Loader bf16 = Loader.evaluation(shapes, SIXTEEN, format(4, DType.BF16), OPTIONS);
        Loader.Batches fs = f32.epoch(0);
        Loader.Batches bs = bf16.epoch(0);
        Batch f = fs.next();
        Batch b = bs.next()) {
      FloatBuffer floats = f.pixels().order(ByteOrder.nativeOrder()).asFloatBuffer();
      ShortBuffer shorts = b.pixels().order(ByteOrder.nativeOrder()).asShortBuffer();
      assertThat(f.pixels().isDirect()).isTrue();
      assertThat(floats.remaining()).isEqualTo(4 * 3 * 256);
      for (int n = 0; n < 4; n++) {
        byte[] rgb = shapes.image(n).rgb();
        for (int c = 0; c < 3; c++) {
          for (int p = 0; p < 256; p++) {
            float mean = MEAN.get(c).floatValue();
            float expected = ((rgb[p * 3 + c] & 255) / 255f - mean) / STD.get(c).floatValue();
            int at = (n * 3 + c) * 256 + p;
            assertThat(floats.get(at)).isEqualTo(expected);
            assertThat(shorts.get(at)).isEqualTo(DType.toBf16(expected));
          }
        }
      }
    }
  }

  private Dataset withBroken(int... numbers) throws IOException {
    TestImages.classes(dir, 100, 16, "a", "b");
    for (int n : numbers) {
      TestImages.put(
          dir, String.format("a/a%04d.png", n), "broken".getBytes(StandardCharsets.UTF_8));
    }
    return Datasets.open(dir, Split.ALL, DatasetOptions.STANDARD.withMemoryBytes(0));
  }

  @Test
  void aBrokenImageIsReportedOnceAndReplacedByTheNextInTraining() throws IOException {
    List<BadImage> told = Collections.synchronizedList(new ArrayList<>());
    LoaderOptions options = OPTIONS.withThreads(2, 2).withBad(0.01, told::add);
    try (Dataset set = withBroken(17);
        Loader loader = Loader.training(set, List.of(), SIXTEEN, format(20, DType.F32), options)) {
      List<Copy> first = drain(loader, 0, 0);
      drain(loader, 1, 0);

      assertThat(told).extracting(BadImage::name).containsExactly("a/a0017.png");
      assertThat(loader.badCount()).isEqualTo(1);
      List<String> names = first.stream().flatMap(c -> c.names.stream()).toList();
      assertThat(names).hasSize(200).doesNotContain("a/a0017.png");
      assertThat(names.stream().filter("a/a0018.png"::equals)).hasSize(2);
    }
  }

  @Test
  void aBrokenImageIsLeftOutOfEvaluation() throws IOException {
    try (Dataset set = withBroken(17);
        Loader loader = Loader.evaluation(set, SIXTEEN, format(20, DType.BF16), OPTIONS)) {
      List<Copy> batches = drain(loader, 0, 0);

      assertThat(batches)
          .extracting(Copy::count)
          .containsExactly(19, 20, 20, 20, 20, 20, 20, 20, 20, 20);
      assertThat(batches.get(0).names.get(17)).isEqualTo("a/a0018.png");
      int size = 3 * 256 * 2;
      byte[] moved = Arrays.copyOfRange(batches.get(0).pixels, 17 * size, 18 * size);
      short[] expected = new short[3 * 256];
      new Normalizer(SIXTEEN).shorts(set.image(18), expected);
      java.nio.ShortBuffer got =
          java.nio.ByteBuffer.wrap(moved).order(ByteOrder.nativeOrder()).asShortBuffer();
      for (short e : expected) {
        assertThat(got.get()).isEqualTo(e);
      }
      assertThat(Arrays.copyOfRange(batches.get(0).pixels, 19 * size, 20 * size)).containsOnly(0);
    }
  }

  @Test
  void tooManyBrokenImagesStopTheRunAndAreNamed() throws IOException {
    try (Dataset set = withBroken(1, 2, 3);
        Loader loader =
            Loader.training(
                set, List.of(), SIXTEEN, format(20, DType.F32), OPTIONS.withThreads(2, 2))) {
      assertThatThrownBy(() -> drain(loader, 0, 0))
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("3 of the 200 images", "1.0 %", "a000");
    }
  }

  @Test
  void imagesKnownBadAtOpeningCountFromTheStart() throws IOException {
    withBroken(5).close();
    try (Dataset set = Datasets.open(dir, Split.ALL);
        Loader loader = Loader.evaluation(set, SIXTEEN, format(20, DType.F32), OPTIONS)) {
      assertThat(loader.bad()).extracting(BadImage::index).containsExactly(5);
      assertThat(drain(loader, 0, 0).get(0).count).isEqualTo(19);
    }
  }

  @Test
  void anErrorInAWorkerReachesTheConsumer() {
    List<Augment> wrong = List.of(RandomResizedCrop.standard(8, 8));
    try (Loader loader =
        Loader.training(shapes, wrong, SIXTEEN, format(10, DType.F32), OPTIONS.withThreads(2, 2))) {
      assertThatThrownBy(() -> drain(loader, 0, 0))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("8x8", "16x16");
    }
  }

  @Test
  void holdingEveryBatchIsAnErrorAndNoDeadlock() {
    try (Loader loader = training(10, DType.F32, OPTIONS.withThreads(2, 2));
        Loader.Batches batches = loader.epoch(0)) {
      batches.next();
      batches.next();
      batches.next();
      assertThatThrownBy(batches::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("close a batch");
    }
  }

  @Test
  void closingInTheMiddleStopsTheWorkersAndTheLoaderGoesOn() {
    try (Loader loader = training(4, DType.F32, OPTIONS.withThreads(3, 4))) {
      for (int i = 0; i < 20; i++) {
        try (Loader.Batches batches = loader.epoch(i)) {
          batches.next().close();
        }
        assertThat(workers()).isEmpty();
      }
      assertThat(drain(loader, 1, 0)).hasSize(25);
    }
  }

  private static List<String> workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(n -> n.startsWith("fovea-loader"))
        .toList();
  }

  @Test
  void aClosedBatchKeepsItsLabelsAndRefusesItsPixels() {
    try (Loader loader = training(4, DType.F32, OPTIONS);
        Loader.Batches batches = loader.epoch(0)) {
      Batch b = batches.next();
      b.close();
      b.close();

      assertThat(b.labels()).hasSize(4);
      assertThatThrownBy(b::pixels)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void sizesThatDoNotFitAreRefusedBeforeTheFirstBatch() {
    assertThatThrownBy(
            () ->
                Loader.evaluation(
                    shapes, SIXTEEN, new BatchFormat(4, 3, 32, 32, DType.F32), OPTIONS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("make the sizes equal");
    assertThatThrownBy(() -> new BatchFormat(100_000, 3, 224, 224, DType.F32))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("2 GiB");
    try (Loader loader = training(10, DType.F32, OPTIONS)) {
      assertThatThrownBy(() -> loader.epoch(0, 11))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("10 batches");
    }
  }
}
