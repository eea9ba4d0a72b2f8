package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Decoding;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.image.ShrinkingPicture;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class CropLoaderTest {
  private static final Preprocessing SMALL =
      Preprocessing.imagenet(16, 0.875, Interpolation.BILINEAR);
  private static final LoaderOptions TIGHT = LoaderOptions.STANDARD.withThreads(4, 1);

  /** Images of many sizes, every fourth one square, some unreadable. */
  private static final class Images implements Dataset {
    final int size;
    final Set<Integer> unreadable;
    final AtomicIntegerArray decoded;

    Images(int size, Integer... unreadable) {
      this.size = size;
      this.unreadable = Set.of(unreadable);
      this.decoded = new AtomicIntegerArray(size);
    }

    @Override
    public String description() {
      return "test images";
    }

    @Override
    public List<String> classes() {
      return List.of("a", "b", "c");
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public int label(int i) {
      return i % 3;
    }

    @Override
    public String name(int i) {
      return "image " + i;
    }

    @Override
    public long bytes(int i) {
      return 1;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public Image image(int i) {
      decoded.incrementAndGet(i);
      if (unreadable.contains(i)) {
        throw new DataException(name(i) + " is broken");
      }
      int width = 18 + i % 5;
      byte[] rgb = new byte[width * (18 + (i % 4 == 0 ? i % 5 : i % 7)) * 3];
      Rng rng = Rng.of(5, 0, i);
      for (int k = 0; k < rgb.length; k++) {
        rgb[k] = (byte) rng.nextInt(256);
      }
      return new Image(width, rgb.length / width / 3, rgb);
    }

    @Override
    public void close() {}
  }

  private static CropLoader.Lane lane(Crops crops, int batch) {
    return new CropLoader.Lane(crops, SMALL, new BatchFormat(batch, 3, 16, 16, DType.F32));
  }

  /** What a lane gave: image by image, the hashes of its views. */
  private static List<String> expected(Images set, CropLoader.Lane lane) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < set.size; i++) {
      if (!set.unreadable.contains(i)) {
        Image image = set.image(i);
        for (View v : lane.crops().views(image.width(), image.height(), SMALL)) {
          float[] planes = new float[3 * 16 * 16];
          new Normalizer(SMALL).floats(new Cutter(image, SMALL).image(v), planes);
          all.add(i + ":" + Arrays.hashCode(planes));
        }
      }
    }
    return all;
  }

  private static List<List<String>> drained(
      Images set, List<CropLoader.Lane> lanes, LoaderOptions options) {
    List<List<String>> given = new ArrayList<>();
    lanes.forEach(l -> given.add(new ArrayList<>()));
    try (CropLoader loader = CropLoader.start(set, lanes, options)) {
      int before = 0;
      for (Optional<CropLoader.Portion> p = loader.next(); p.isPresent(); p = loader.next()) {
        try (Batch b = p.get().batch()) {
          for (int i = 0; i < b.count(); i++) {
            assertThat(b.item(i))
                .as("a finished image has no further view")
                .isGreaterThanOrEqualTo(before);
            assertThat(b.labels()[i]).isEqualTo(set.label(b.item(i)));
            float[] planes = new float[3 * 16 * 16];
            b.pixels().asFloatBuffer().get(i * planes.length, planes);
            given.get(p.get().lane()).add(b.item(i) + ":" + Arrays.hashCode(planes));
          }
        }
        assertThat(loader.finished()).isGreaterThanOrEqualTo(before);
        before = loader.finished();
      }
      assertThat(loader.finished()).isEqualTo(set.size);
    }
    return given;
  }

  @Test
  void everyLaneGetsAllItsViewsInOrderAndEachImageIsDecodedOnce() {
    Images set = new Images(41);
    List<CropLoader.Lane> lanes =
        List.of(
            lane(Crops.SINGLE, 7),
            lane(Crops.GOOGLENET, 5),
            lane(Crops.TEN, 64),
            lane(Crops.GOOGLENET, 1));
    List<List<String>> given = drained(set, lanes, TIGHT);
    for (int i = 0; i < set.size; i++) {
      assertThat(set.decoded.get(i)).isEqualTo(1);
    }
    for (int l = 0; l < lanes.size(); l++) {
      assertThat(given.get(l)).isEqualTo(expected(set, lanes.get(l)));
    }
  }

  @Test
  void threadsAndBuffersChangeNothing() {
    List<CropLoader.Lane> lanes = List.of(lane(Crops.FLIP, 8), lane(Crops.GOOGLENET, 9));
    List<List<String>> one =
        drained(new Images(23, 4), lanes, TIGHT.withThreads(1, 1).withBad(1, b -> {}));
    List<List<String>> many =
        drained(new Images(23, 4), lanes, TIGHT.withThreads(7, 5).withBad(1, b -> {}));
    assertThat(many).isEqualTo(one);
  }

  @Test
  void betweenStepsNothingIsBegunWhileNoBatchIsAwaitedAndTheViewsAreTheSame() {
    List<CropLoader.Lane> lanes = List.of(lane(Crops.FLIP, 8), lane(Crops.GOOGLENET, 9));
    LoaderOptions options = TIGHT.withThreads(3, 2).withBad(1, b -> {});
    LoaderOptions between = options.withTurns(LoaderTurns.BETWEEN_STEPS);
    assertThat(drained(new Images(23, 4), lanes, between))
        .isEqualTo(drained(new Images(23, 4), lanes, options));

    Images set = new Images(100);
    try (CropLoader loader =
        CropLoader.start(set, List.of(lane(Crops.SINGLE, 4)), between.withThreads(1, 2))) {
      sleep();
      assertThat(set.decoded.get(0)).isZero();
      for (int batch = 1; batch < 10; batch++) {
        loader.next().orElseThrow().batch().close();
        sleep();
        // The next image may have been begun before the batch was taken.
        assertThat(set.decoded.get(4 * batch + 1)).isZero();
      }
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void onlyTheLastBatchIsPartlyFilled() {
    List<Integer> counts = new ArrayList<>();
    Images set = new Images(11, 3);
    try (CropLoader loader =
        CropLoader.start(
            set, List.of(lane(Crops.FLIP, 8)), TIGHT.withBad(0.5, b -> {}).withThreads(3, 2))) {
      for (Optional<CropLoader.Portion> p = loader.next(); p.isPresent(); p = loader.next()) {
        try (Batch b = p.get().batch()) {
          counts.add(b.count());
        }
      }
    }
    assertThat(counts).containsExactly(8, 8, 4);
  }

  @Test
  void unreadableImagesHaveNoViewsAndAreReportedOnce() {
    Images set = new Images(12, 0, 5, 11);
    List<String> told = new ArrayList<>();
    LoaderOptions options =
        TIGHT.withBad(
            0.5,
            bad -> {
              synchronized (told) {
                told.add(bad.name());
              }
            });
    CropLoader.Lane lane = lane(Crops.FLIP, 4);
    assertThat(drained(set, List.of(lane), options).get(0)).isEqualTo(expected(set, lane));
    assertThat(told).containsExactlyInAnyOrder("image 0", "image 5", "image 11");
  }

  @Test
  void tooManyUnreadableImagesEndIt() {
    Images set = new Images(12, 0, 5, 11);
    assertThatThrownBy(() -> drained(set, List.of(lane(Crops.FLIP, 4)), TIGHT))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("unreadable");
  }

  @Test
  void aSetOfUnreadableImagesGivesNothing() {
    Images set = new Images(3, 0, 1, 2);
    assertThat(drained(set, List.of(lane(Crops.TEN, 4)), TIGHT.withBad(1, b -> {})).get(0))
        .isEmpty();
  }

  @Test
  void closingInTheMiddleStopsTheWorkers() {
    Images set = new Images(500);
    try (CropLoader loader = CropLoader.start(set, List.of(lane(Crops.GOOGLENET, 6)), TIGHT)) {
      Optional<CropLoader.Portion> first = loader.next();
      assertThat(first).isPresent();
      first.get().batch().close();
    }
    assertThat(set.decoded.get(499)).isZero();
  }

  /** The same images as files, some of them damaged behind their header. */
  private static final class Files implements Dataset {
    private final Images images;
    private final Set<Integer> damaged;
    private final List<ShrinkingPicture.Request> requests =
        Collections.synchronizedList(new ArrayList<>());

    Files(Images images, Integer... damaged) {
      this.images = images;
      this.damaged = Set.of(damaged);
    }

    @Override
    public String description() {
      return "files";
    }

    @Override
    public List<String> classes() {
      return images.classes();
    }

    @Override
    public int size() {
      return images.size();
    }

    @Override
    public int label(int i) {
      return images.label(i);
    }

    @Override
    public String name(int i) {
      return images.name(i);
    }

    @Override
    public long bytes(int i) {
      return 1;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public Image image(int i) {
      throw new DataException(name(i) + " was decoded as a whole");
    }

    @Override
    public Picture picture(int i) {
      Image small = images.image(i);
      Image image = Resize.to(small, 9 * small.width(), 9 * small.height(), Interpolation.BICUBIC);
      ShrinkingPicture all = new ShrinkingPicture(image, 1);
      return new Picture() {
        @Override
        public int width() {
          return image.width();
        }

        @Override
        public int height() {
          return image.height();
        }

        @Override
        public Optional<BlockScale> scale(double pixels) {
          return all.scale(pixels);
        }

        @Override
        public Image part(Resize.Box box) {
          note(box, BlockScale.BLOCK);
          return all.part(box);
        }

        @Override
        public Image part(Resize.Box box, BlockScale scale) {
          note(box, scale.across().samples());
          return all.part(box, scale);
        }

        private void note(Resize.Box box, int samples) {
          if (damaged.contains(i)) {
            throw new DataException(name(i) + " is damaged");
          }
          requests.add(new ShrinkingPicture.Request(box, samples));
        }
      };
    }

    @Override
    public void close() {}
  }

  private static CropLoader.Lane lane(Crops crops, Decoding decoding) {
    BatchFormat format = new BatchFormat(5, 3, 16, 16, DType.F32);
    return new CropLoader.Lane(crops, SMALL.with(decoding), format);
  }

  private static List<String> views(Dataset set, List<CropLoader.Lane> lanes) {
    List<String> all = new ArrayList<>();
    LoaderOptions options = LoaderOptions.STANDARD.withThreads(3, 2).withBad(1, b -> {});
    try (CropLoader loader = CropLoader.start(set, lanes, options)) {
      for (Optional<CropLoader.Portion> p = loader.next(); p.isPresent(); p = loader.next()) {
        try (Batch b = p.get().batch()) {
          for (int i = 0; i < b.count(); i++) {
            float[] planes = new float[3 * 16 * 16];
            b.pixels().asFloatBuffer().get(i * planes.length, planes);
            all.add(p.get().lane() + ":" + b.item(i) + ":" + Arrays.hashCode(planes));
          }
        }
      }
    }
    Collections.sort(all);
    return all;
  }

  private static List<String> cut(Files set, Crops crops, Decoding decoding) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      if (!set.damaged.contains(i)) {
        Picture picture = set.picture(i);
        Preprocessing p = SMALL.with(decoding);
        for (View v : crops.views(picture.width(), picture.height(), p)) {
          float[] planes = new float[3 * 16 * 16];
          new Normalizer(p).floats(new Cutter(picture, p).image(v), planes);
          all.add("0:" + i + ":" + Arrays.hashCode(planes));
        }
      }
    }
    Collections.sort(all);
    return all;
  }

  @ParameterizedTest
  @EnumSource(Crops.class)
  void aFileIsDecodedOnceForEachFactorAndADamagedOneIsLeftOut(Crops crops) {
    for (Decoding decoding : Decoding.values()) {
      Files files = new Files(new Images(9), 2, 8);
      assertThat(views(files, List.of(lane(crops, decoding))))
          .isEqualTo(cut(new Files(new Images(9), 2, 8), crops, decoding));
      boolean fast = decoding == Decoding.FAST;
      assertThat(files.requests).anyMatch(r -> r.isSmaller() == fast);
      assertThat(files.requests).hasSizeBetween(7, fast ? 21 : 7);
    }
  }

  @Test
  void modelsThatDecodeDifferentlyShareAFile() {
    Files files = new Files(new Images(9));
    List<String> given =
        views(
            files, List.of(lane(Crops.SINGLE, Decoding.EXACT), lane(Crops.SINGLE, Decoding.FAST)));

    assertThat(files.requests).hasSize(18);
    List<String> exact = cut(new Files(new Images(9)), Crops.SINGLE, Decoding.EXACT);
    List<String> fast = cut(new Files(new Images(9)), Crops.SINGLE, Decoding.FAST);
    assertThat(given).containsAll(exact).hasSize(18);
    assertThat(given).containsAll(fast.stream().map(v -> "1" + v.substring(1)).toList());
  }
}
