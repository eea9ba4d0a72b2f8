package dev.fovea.bench.growth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class GrowthModelTest {
  // 100 bytes a second, a tenth of a second to the next rank.
  private static final Link LINK = new Link(100, 0.1);

  private static GrowthModel model(GrowthModel.Piece... pieces) {
    return new GrowthModel(List.of(pieces), 10, 12, 0);
  }

  @Test
  void oneRankWaitsForNobody() {
    assertThat(model(new GrowthModel.Piece(9, 1_000_000)).seconds(1, LINK)).isEqualTo(12);
  }

  @Test
  void eachRankSendsTwiceWhatTheOthersOwn() {
    // Of 400 bytes on 4 ranks, 3 quarters twice, over 3 + 3 links.
    assertThat(LINK.sum(4, 400)).isCloseTo(6 + 0.6, within(1e-12));
    assertThat(LINK.sum(2, 400)).isCloseTo(4 + 0.2, within(1e-12));
  }

  @Test
  void sumsThatEndWithinTheBackwardPassCostNothingButTheMessagesOfTheStep() {
    assertThat(model(new GrowthModel.Piece(2, 400)).waiting(2, LINK)).isCloseTo(0.2, within(1e-12));
  }

  @Test
  void aPieceWaitsForTheOneBeforeItAndTheStepForTheLast() {
    // Ready at 2 and 4; sums from 2 to 9.2 and, since the link is busy until then, to 13.4.
    GrowthModel model = model(new GrowthModel.Piece(2, 700), new GrowthModel.Piece(4, 400));
    assertThat(model.waiting(2, LINK)).isCloseTo(3.4 + 0.2, within(1e-12));
    assertThat(model.efficiency(2, LINK)).isCloseTo(12 / 15.6, within(1e-12));
  }

  @Test
  void statisticsAreAveragedAfterTheBackwardPass() {
    GrowthModel model = new GrowthModel(List.of(new GrowthModel.Piece(2, 400)), 10, 12, 80);
    assertThat(model.waiting(2, LINK)).isCloseTo(0.8 + 0.2 + 0.2, within(1e-12));
  }

  @Test
  void aNetworkCarriesHeadersToo() {
    assertThat(Link.of(8e9, 0, 1e12).bytesPerSecond()).isCloseTo(0.9415e9, within(1e5));
    assertThat(Link.of(8e12, 0, 2e9).bytesPerSecond()).isEqualTo(2e9);
  }

  @Test
  void aFittedModelTakesAsLongAsWasSeen() {
    GrowthModel model = model(new GrowthModel.Piece(2, 700), new GrowthModel.Piece(4, 400));
    assertThat(model.fitted(20, LINK).seconds(2, LINK)).isCloseTo(20, within(1e-4));
  }
}
