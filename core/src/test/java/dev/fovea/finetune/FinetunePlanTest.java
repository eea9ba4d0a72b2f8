package dev.fovea.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.optim.Sgd;
import dev.fovea.tensor.Shape;
import dev.fovea.train.EpochRow;
import dev.fovea.train.RunConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What is fitted to images, network and time, what stays as it was set, and which stage is kept.
 */
class FinetunePlanTest {
  private static final FinetuneConfig CONFIG =
      FinetuneConfig.of(new FinetuneConfig.Source("trunk.onnx", "", "", ""), "photos");
  private static final double RATE = CONFIG.run().learning().rate().base();

  private static RunConfig fitted(FinetuneConfig config, int images) {
    return FinetunePlan.fitted(config, config.run(), images);
  }

  private static double rate(RunConfig run) {
    return run.learning().rate().base();
  }

  @Test
  void fewImagesMakeSmallBatchesAtARateThatFallsWithTheirSquareRoot() {
    RunConfig few = fitted(CONFIG, 90);
    assertThat(few.learning().batch()).isEqualTo(8);
    assertThat(rate(few)).isCloseTo(RATE * Math.sqrt(8 / 32.0), within(1e-12));
    RunConfig many = fitted(CONFIG, 5000);
    assertThat(many.learning().batch()).isEqualTo(32);
    assertThat(rate(many)).isEqualTo(RATE);
  }

  @Test
  void theRateOfSgdFallsInProportion() {
    FinetuneConfig sgd = CONFIG.with(CONFIG.run().with(Sgd.nesterov(0.9)));
    assertThat(rate(fitted(sgd, 90))).isCloseTo(RATE * 8 / 32, within(1e-12));
  }

  @Test
  void aBatchThatWasSetStaysAndTheRateFollowsIt() {
    RunConfig run = fitted(CONFIG.with(CONFIG.run().withBatch(16)), 90);
    assertThat(run.learning().batch()).isEqualTo(16);
    assertThat(rate(run)).isCloseTo(RATE * Math.sqrt(0.5), within(1e-12));
  }

  @Test
  void aRateThatWasSetStaysAndTheBatchIsFitted() {
    RunConfig run = fitted(CONFIG.with(CONFIG.run().withRate(3e-4)), 90);
    assertThat(run.learning().batch()).isEqualTo(8);
    assertThat(rate(run)).isEqualTo(3e-4);
  }

  @Test
  void whatWasSetToTheUsualValueStaysToo() {
    FinetuneConfig set = CONFIG.withGiven(List.of("learning.batch", "learning.rate.base"));
    RunConfig run = fitted(set, 90);
    assertThat(run.learning().batch()).isEqualTo(32);
    assertThat(rate(run)).isEqualTo(RATE);
    assertThat(FinetuneConfig.parse(set.toJson(), "finetune.json")).isEqualTo(set);
    assertThat(set.changesFrom(CONFIG)).contains("learning.batch is '32', was 'fitted'").hasSize(2);
  }

  @Test
  void moreValidationImagesAndSlowerNetworksLeaveLessForTraining() {
    FinetunePlan.Sizes sizes = new FinetunePlan.Sizes(900, 100, 600);
    assertThat(FinetunePlan.reserve(sizes, 0.05)).isEqualTo(4 + 600 * 0.05);
  }

  @Test
  void theLowerHalfIsEmptyWhereTheFirstModuleIsMostOfTheNetwork() {
    GraphBuilder b = new GraphBuilder("top-heavy");
    Node x = b.input(Shape.of(3, 16, 16));
    x = b.conv("large", x, Op.Conv2d.of(64, Window.square(3)));
    Node pooled = b.globalAvgPool("pool", x);
    Graph graph = b.build(b.linear("last", b.flatten("flat", pooled), 3));
    assertThat(LowerHalf.of(graph)).isEmpty();
    assertThat(LowerHalf.of(Models.graph("resnet18"))).contains("conv1", "layer1");
  }

  private static boolean isBetter(double top1, double loss) {
    HeadFigures head = new HeadFigures(0.1, 0.9, 0.9, 0.5, 1, 1, 1, 0.01);
    return Finetuner.isBetter(new EpochRow.Validation(loss, top1, 1), head);
  }

  @Test
  void ofTwoStagesWithTheSameTopOneTheLowerLossIsKeptAndInATieTheFirst() {
    assertThat(isBetter(0.91, 2)).isTrue();
    assertThat(isBetter(0.89, 0.1)).isFalse();
    assertThat(isBetter(0.9, 0.49)).isTrue();
    assertThat(isBetter(0.9, 0.51)).isFalse();
    assertThat(isBetter(0.9, 0.5)).isFalse();
    assertThat(isBetter(0.9, Double.NaN)).isFalse();
  }
}
