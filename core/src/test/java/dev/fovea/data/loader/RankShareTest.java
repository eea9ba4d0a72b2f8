package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.augment.PadCrop;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What ranks load together is what one loads, whatever their number. */
class RankShareTest {
  private static final Preprocessing EIGHT =
      Preprocessing.nativeSize(8, 8, List.of(0.5, 0.4, 0.3), List.of(0.2, 0.25, 0.3));
  // 54 images do not fill batches of 12.
  private static final Dataset SHAPES = new SyntheticShapes(8, 54, 23, 1).open(Split.TRAIN);

  private static Loader training(int batch, RankShare share) {
    return Loader.training(
        SHAPES,
        List.of(new PadCrop(2, PadCrop.Padding.REFLECT), new HorizontalFlip(0.5)),
        EIGHT,
        new BatchFormat(batch, 3, 8, 8, DType.F32),
        LoaderOptions.STANDARD.withShare(share));
  }

  private static Loader evaluation(int batch, RankShare share) {
    return Loader.evaluation(
        SHAPES,
        EIGHT,
        new BatchFormat(batch, 3, 8, 8, DType.F32),
        LoaderOptions.STANDARD.withShare(share));
  }

  /** The pixels of each batch, followed by those of the next. */
  private static List<ByteBuffer> pixels(Loader loader, int firstBatch) {
    List<ByteBuffer> all = new ArrayList<>();
    try (loader;
        Loader.Batches batches = loader.epoch(1, firstBatch)) {
      while (batches.hasNext()) {
        try (Batch batch = batches.next()) {
          ByteBuffer copy = ByteBuffer.allocate(batch.pixels().remaining());
          all.add(copy.put(batch.pixels()).flip());
        }
      }
    }
    return all;
  }

  private static List<List<ByteBuffer>> ofEach(int ranks, Function<RankShare, Loader> loader) {
    List<List<ByteBuffer>> all = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      all.add(pixels(loader.apply(new RankShare(rank, ranks)), 1));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void theirPartsOfATrainingBatchAreThatOfOneRank(int ranks) {
    List<ByteBuffer> one = pixels(training(12, RankShare.ALL), 1);
    List<List<ByteBuffer>> several = ofEach(ranks, share -> training(12 / ranks, share));
    assertThat(one).hasSize(3);
    for (int batch = 0; batch < one.size(); batch++) {
      ByteBuffer together = ByteBuffer.allocate(one.get(batch).remaining());
      for (List<ByteBuffer> rank : several) {
        assertThat(rank).hasSize(3);
        together.put(rank.get(batch));
      }
      assertThat(together.flip()).isEqualTo(one.get(batch));
    }
  }

  // Seven batches of 8, the last one of 6: some ranks have one fewer than others.
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 9})
  void inEvaluationTheyTakeBatchesInTurn(int ranks) {
    List<ByteBuffer> one = pixels(evaluation(8, RankShare.ALL), 0);
    assertThat(one).hasSize(7);
    for (int rank = 0; rank < ranks; rank++) {
      List<ByteBuffer> own = pixels(evaluation(8, new RankShare(rank, ranks)), 0);
      List<ByteBuffer> expected = new ArrayList<>();
      for (int batch = rank; batch < one.size(); batch += ranks) {
        expected.add(one.get(batch));
      }
      assertThat(own).isEqualTo(expected);
    }
  }

  @Test
  void aShortBatchIsNotDivided() {
    assertThatThrownBy(() -> training(20, new RankShare(0, 3)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("full batches only, of 60 images together")
        .hasMessageContaining("has 54");
  }
}
