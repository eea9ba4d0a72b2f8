package dev.fovea.data.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The order of training: no two images share a batch more often than chance has it, neither
 * neighbors of an archive nor those that shared one an epoch before.
 */
class ShuffleTest {
  private static final int N = 64;
  private static final int BATCH = 8;
  private static final int EPOCHS = 1500;
  private static final double TOGETHER = (BATCH - 1) / (double) (N - 1);

  @Test
  void noPairOfImagesStaysTogetherMoreThanByChance() {
    int[][] met = new int[N][N];
    int[] batchOf = new int[N];
    int stayed = 0;
    int pairs = 0;
    Dataset set = new SyntheticShapes(8, N, 10, 0).open(Split.TRAIN);
    Preprocessing p =
        Preprocessing.nativeSize(8, 8, List.of(0.5, 0.5, 0.5), List.of(1.0, 1.0, 1.0));
    BatchFormat format = new BatchFormat(BATCH, 3, 8, 8, DType.F32);
    try (Loader loader = Loader.training(set, List.of(), p, format, LoaderOptions.STANDARD)) {
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int[] now = order(loader, epoch);
        for (int a = 0; a < N; a++) {
          for (int b = a + 1; b < N; b++) {
            boolean together = now[a] == now[b];
            met[a][b] += together ? 1 : 0;
            if (epoch > 0 && batchOf[a] == batchOf[b]) {
              pairs++;
              stayed += together ? 1 : 0;
            }
          }
        }
        batchOf = now;
      }
    }
    double expected = EPOCHS * TOGETHER;
    double variance = expected * (1 - TOGETHER);
    double chiSquare = 0;
    double neighbors = 0;
    for (int a = 0; a < N; a++) {
      for (int b = a + 1; b < N; b++) {
        double off = met[a][b] - expected;
        // Of 2016 pairs one is 5 deviations off once in 900 seeds.
        assertThat(Math.abs(off)).isLessThan(5 * Math.sqrt(variance));
        chiSquare += off * off / variance;
        neighbors += b == a + 1 ? off / (N - 1) : 0;
      }
    }
    // 2016 degrees of freedom less those that rows and batches take: a deviation of about 64.
    assertThat(chiSquare).isCloseTo(N * (N - 1) / 2.0, within(300.0));
    assertThat(neighbors).isCloseTo(0, within(4 * Math.sqrt(variance / (N - 1))));
    assertThat((double) stayed / pairs).isCloseTo(TOGETHER, within(0.003));
  }

  private static int[] order(Loader loader, int epoch) {
    int[] batchOf = new int[N];
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
}
