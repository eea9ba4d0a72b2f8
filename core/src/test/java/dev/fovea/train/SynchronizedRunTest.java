package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.MemoryRanks;
import dev.fovea.collective.Collective;
import dev.fovea.collective.SingleRank;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole runs on several ranks whose batch norms have the statistics of all of them. */
class SynchronizedRunTest {
  // At larger rates runs drift apart however their sums are rounded (decision 0430).
  private static RunConfig config(Path folder) {
    return TinyRun.in(folder)
        .with("learning.batch", "12")
        .with("learning.length", "50steps")
        .with("learning.rate.base", "1e-4");
  }

  private static RunConfig synchronizing(RunConfig config) {
    return config.with("learning.update.statistics.synchronize", "true");
  }

  private static List<Double> losses(Collective collective, RunConfig config) {
    return RankRuns.losses(RankRuns.train(collective, config));
  }

  // Both with the same setting: ordinary norms round otherwise, which moves losses of this run by
  // more than the bound (decision 0430). RanksLikeOneTest compares with them.
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void haveTheLossesOfOneRank(int ranks, @TempDir Path temp) {
    List<Double> one = losses(new SingleRank(), synchronizing(config(temp.resolve("one"))));
    assertThat(one).hasSize(50);
    RunConfig config = synchronizing(config(temp.resolve("several")));
    List<Double> several = MemoryRanks.run(ranks, c -> losses(c, config)).get(0);
    for (int step = 0; step < one.size(); step++) {
      assertThat(several.get(step))
          .as("step %d", step)
          .isCloseTo(one.get(step), within(1e-5 * one.get(step)));
    }
  }

  @Test
  void differFromThoseWithStatisticsOfTheirOwn(@TempDir Path temp) {
    RunConfig own = config(temp.resolve("own")).with("learning.length", "2steps");
    RunConfig shared = synchronizing(own).with("output.folder", temp.resolve("all").toString());
    assertThat(MemoryRanks.run(2, c -> losses(c, own)).get(0).get(0))
        .isNotCloseTo(MemoryRanks.run(2, c -> losses(c, shared)).get(0).get(0), within(1e-4));
  }
}
