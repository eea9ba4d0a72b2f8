package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The orders of training, thorough and less thorough. */
class ShufflingTest {
  private static final int N = 43;
  private static final int SHARD = 8;
  private static final Shuffling SHARDS = new Shuffling.Shards(SHARD);
  private static final Shuffling WITHIN = new Shuffling.WithinShards(SHARD);

  @ParameterizedTest
  @ValueSource(
      strings = {"images", "shards(images=8)", "within-shards(images=8)", "shards(images=1000)"})
  void everyEpochShowsEveryImageOnceInAnOrderOfItsOwn(String text) {
    Shuffling shuffling = Shuffling.parse(text);
    int[] identity = IntStream.range(0, N).toArray();
    for (int epoch = 0; epoch < 5; epoch++) {
      int[] order = shuffling.order(N, 3, epoch);
      assertThat(order).isEqualTo(shuffling.order(N, 3, epoch)).isNotEqualTo(identity);
      assertThat(order).containsExactlyInAnyOrder(identity);
    }
    assertThat(shuffling.order(N, 3, 0)).isNotEqualTo(shuffling.order(N, 4, 0));
  }

  @Test
  void wholeDataSetsAreShuffledAsTheyWereBeforeThereWasAChoice() {
    assertThat(new Shuffling.Images().order(N, 3, 7)).isEqualTo(Rng.of(3, 7, -1).permutation(N));
  }

  /** The shards of an order: 8 at a time, except the smallest, which has 43 - 5·8 = 3. */
  private static List<List<Integer>> shards(int[] order, Set<List<Integer>> known) {
    List<List<Integer>> found = new ArrayList<>();
    int at = 0;
    while (at < order.length) {
      int[] three = Arrays.copyOfRange(order, at, Math.min(order.length, at + N % SHARD));
      boolean small = known.contains(sorted(three));
      int end = at + (small ? N % SHARD : SHARD);
      found.add(Arrays.stream(order, at, end).boxed().toList());
      at = end;
    }
    return found;
  }

  private static List<Integer> sorted(int[] images) {
    return Arrays.stream(images).sorted().boxed().toList();
  }

  /** What the images were dealt to, by the seed alone. */
  private static List<int[]> dealt(long seed) {
    int[] all = Rng.of(seed, -1, -1).permutation(N);
    return IntStream.iterate(0, i -> i < N, i -> i + SHARD)
        .mapToObj(i -> Arrays.copyOfRange(all, i, Math.min(N, i + SHARD)))
        .toList();
  }

  @Test
  void withoutShufflingInShardsEachIsShownInItsOnlyOrder() {
    Set<List<Integer>> small = Set.of(sorted(dealt(3).get(N / SHARD)));
    Set<List<List<Integer>>> orders = new HashSet<>();
    for (int epoch = 0; epoch < 20; epoch++) {
      List<List<Integer>> shown = shards(SHARDS.order(N, 3, epoch), small);
      orders.add(shown);
      assertThat(shown)
          .containsExactlyInAnyOrderElementsOf(
              dealt(3).stream().map(s -> Arrays.stream(s).boxed().toList()).toList());
    }
    // 6! = 720 orders of shards.
    assertThat(orders).hasSizeGreaterThan(15);
  }

  @Test
  void withShufflingInShardsTheirImagesStayTogetherInNewOrders() {
    Set<List<Integer>> small = Set.of(sorted(dealt(3).get(N / SHARD)));
    Set<List<Integer>> first = new HashSet<>();
    for (int epoch = 0; epoch < 20; epoch++) {
      List<List<Integer>> shown = shards(WITHIN.order(N, 3, epoch), small);
      assertThat(shown)
          .extracting(s -> s.stream().sorted().toList())
          .containsExactlyInAnyOrderElementsOf(
              dealt(3).stream().map(ShufflingTest::sorted).toList());
      shown.stream().filter(s -> s.contains(0)).forEach(first::add);
    }
    assertThat(first).hasSizeGreaterThan(15);
  }

  /** Of 64 images in shards of 16 and batches of 4, those of a batch meet again always, or 3/15. */
  @Test
  void withoutShufflingInShardsTheSameImagesAlwaysShareABatch() {
    assertThat(metAgain(new Shuffling.Shards(16))).isEqualTo(1);
    assertThat(metAgain(new Shuffling.WithinShards(16))).isCloseTo(3 / 15.0, within(0.02));
    assertThat(metAgain(new Shuffling.Images())).isCloseTo(3 / 63.0, within(0.01));
  }

  private static double metAgain(Shuffling shuffling) {
    int pairs = 0;
    int again = 0;
    Preprocessing p =
        Preprocessing.nativeSize(8, 8, List.of(0.5, 0.5, 0.5), List.of(1.0, 1.0, 1.0));
    BatchFormat format = new BatchFormat(4, 3, 8, 8, DType.F32);
    LoaderOptions options = LoaderOptions.STANDARD.withShuffling(shuffling);
    try (Loader loader =
        Loader.training(
            new SyntheticShapes(8, 64, 10, 0).open(Split.TRAIN), List.of(), p, format, options)) {
      int[] before = batches(loader, 0);
      for (int epoch = 1; epoch < 200; epoch++) {
        int[] now = batches(loader, epoch);
        for (int a = 0; a < before.length; a++) {
          for (int b = a + 1; b < before.length; b++) {
            if (before[a] == before[b]) {
              pairs++;
              again += now[a] == now[b] ? 1 : 0;
            }
          }
        }
        before = now;
      }
    }
    return (double) again / pairs;
  }

  private static int[] batches(Loader loader, int epoch) {
    int[] batchOf = new int[64];
    try (Loader.Batches batches = loader.epoch(epoch)) {
      while (batches.hasNext()) {
        try (Batch batch = batches.next()) {
          for (int i = 0; i < batch.count(); i++) {
            batchOf[batch.item(i)] = batch.number();
          }
        }
      }
    }
    return batchOf;
  }

  @Test
  void itsTextIsReadAndWritten() {
    assertThat(Shuffling.parse("images")).isEqualTo(new Shuffling.Images());
    assertThat(Shuffling.parse("shards")).isEqualTo(new Shuffling.Shards(1024));
    assertThat(Shuffling.parse("within-shards(images=8)")).isEqualTo(WITHIN);
    for (Shuffling s : List.of(new Shuffling.Images(), SHARDS, WITHIN)) {
      assertThat(Shuffling.parse(s.toString())).isEqualTo(s);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "none", "true", "images(images=3)", "shards(8)", "shards(images=0)"})
  void anUnknownOrderIsRefusedWithThoseThereAre(String text) {
    assertThatThrownBy(() -> Shuffling.parse(text))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("data.shuffle");
  }
}
