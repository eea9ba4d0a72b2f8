package dev.fovea.study.ledger;

import dev.fovea.graph.Cost;
import dev.fovea.models.Models;
import java.util.ArrayList;
import java.util.List;

/** The claims of Szegedy et al. 2015, and the note's remarks on it. */
final class InceptionClaims {
  private InceptionClaims() {}

  static List<LedgerClaim> all() {
    return List.of(
        oneModel(),
        fourModels(),
        bottlenecks(),
        higherDimensions(),
        aggregation(),
        balance(),
        twoThreeByThree(),
        asymmetric(),
        rowsAndColumns(),
        weakerRepresentation(),
        gridReduction(),
        inceptionV2(),
        labelSmoothing(),
        stepsToV3(),
        auxiliaryHeads(),
        lowerResolution());
  }

  private static LedgerClaim oneModel() {
    return new LedgerClaim(
        10,
        "One Inception-v3 on one crop has 5.6 % top-5 and 21.2 % top-1 error on ImageNet, "
            + "with fewer than 25 million parameters and about 5 billion multiply-adds.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 6 and Table 3",
        List.of(
            new Check.ByCost(
                "parameters and multiply-adds of the graph", false, InceptionClaims::sizeOfV3),
            new Check.ByRuns(
                "both errors on ImageNet",
                List.of(new Check.Training("imagenet/", "inception-v3-paper", "", 1)),
                Check.Evaluation.ONE_BY_ONE,
                "ImageNet",
                59,
                "100 epochs of 1,281,167 images at 25.0 images/s (Zen 5, bf16)")));
  }

  private static LedgerClaim fourModels() {
    return new LedgerClaim(
        11,
        "Four Inception-v3 with 144 crops have 3.5 % top-5 and 17.3 % top-1 error on "
            + "ImageNet.",
        "Szegedy et al. 2015, arXiv 1512.00567, abstract and Table 5",
        List.of(
            new Check.ByRuns(
                "both errors on ImageNet",
                List.of(
                    new Check.Training("imagenet/", "inception-v3-paper", "", 1),
                    new Check.Training("imagenet/", "inception-v3-paper", "", 2),
                    new Check.Training("imagenet/", "inception-v3-paper", "", 3),
                    new Check.Training("imagenet/", "inception-v3-paper", "", 4)),
                Check.Evaluation.TOGETHER_144_CROPS,
                "ImageNet",
                240,
                "four times 100 epochs of 1,281,167 images at 25.0 images/s (Zen 5, bf16)")));
  }

  private static LedgerClaim bottlenecks() {
    return new LedgerClaim(
        12,
        "First principle: avoid representational bottlenecks, above all early in the network.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 2",
        List.of(
            new Check.ByStudy(
                "a bottleneck at the grid reductions, by pooling first, against none",
                "grid-reduction",
                List.of("no-bottleneck")),
            new Check.ByStudy(
                "an early bottleneck against a gentle network of equal cost, and against a late"
                    + " bottleneck of the same ratio",
                "principles",
                List.of("early-bottleneck", "early-is-worse"))));
  }

  private static LedgerClaim higherDimensions() {
    return new LedgerClaim(
        13,
        "Second principle: higher dimensional representations are easier to process locally; "
            + "more activations per tile train faster.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 2",
        List.of(
            new Check.ByStudy(
                "steps to the same accuracy with more and smaller filters at equal cost",
                "principles",
                List.of("faster-training"))));
  }

  private static LedgerClaim aggregation() {
    return new LedgerClaim(
        14,
        "Third principle: spatial aggregation can be done over reduced dimensions with little "
            + "loss.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 2",
        List.of(
            new Check.ByStudy(
                "channels halved before each 3x3, against all of them, and against a narrower"
                    + " network of equal cost",
                "principles",
                List.of("reduction", "reduction-or-narrowing"))));
  }

  private static LedgerClaim balance() {
    return new LedgerClaim(
        15,
        "Fourth principle: balance the width and the depth of a network.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 2",
        List.of(
            new Check.ByStudy(
                "width and depth doubled, against width alone and depth alone at equal cost",
                "principles",
                List.of("balance-or-width", "balance-or-depth"))));
  }

  private static LedgerClaim twoThreeByThree() {
    return new LedgerClaim(
        16,
        "Two 3x3 convolutions in place of a 5x5 cost (9 + 9)/25 of it, 28 % less, and keep "
            + "the grid by padding.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 3.1",
        List.of(
            new Check.ByCost("the saving, computed from graphs", true, () -> StatedCosts.of(16)),
            new Check.ByTest(
                "the saving and the grid of both forms",
                "dev.fovea.study.ledger.LedgerTest",
                "twoThreeByThreeKeepTheGridOfAFiveByFive")));
  }

  private static LedgerClaim asymmetric() {
    return new LedgerClaim(
        17,
        "A 1xn and an nx1 in place of an nxn save 33 % at n = 3; this works on grids of 12 to "
            + "20 cells, and not on early layers.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 3.2",
        List.of(
            new Check.ByCost("the saving, computed from graphs", true, () -> StatedCosts.of(17)),
            new Check.ByStudy(
                "accuracy with 1x7 and 7x1 in place of 7x7 on 16x16 cells",
                "factorize",
                List.of("accuracy-1x7")),
            new Check.ByStudy(
                "accuracy lost by 1x5 and 5x1 in place of 5x5 on 32x32 cells, in the first modules",
                "factorize",
                List.of("early-1x5"))));
  }

  private static LedgerClaim rowsAndColumns() {
    return new LedgerClaim(
        18,
        "Asymmetric convolutions read memory across rows, and may miss the cache.",
        "the note, on arXiv 1512.00567",
        List.of(
            new Check.ByStudy(
                "time of a 7x1 against a 1x7 over many grids, and what row sizes add at which a"
                    + " column lies in few sets of the cache",
                "factorize",
                List.of("column-time", "cache-sets"))));
  }

  private static LedgerClaim weakerRepresentation() {
    return new LedgerClaim(
        19,
        "Factorization weakens what a convolution can represent.",
        "the note, on arXiv 1512.00567",
        List.of(
            new Check.ByTest(
                "that a column and a row of equal width, without activations, cannot represent a "
                    + "7x7 kernel, and the best of them leaves half of a random one",
                "dev.fovea.study.ledger.LedgerTest",
                "aColumnAndARowCannotRepresentEverySquareKernel"),
            new Check.ByStudy(
                "how well trained networks of equal width fit their training images",
                "factorize",
                List.of("training-fit"))));
  }

  private static LedgerClaim gridReduction() {
    return new LedgerClaim(
        20,
        "Pooling before convolution makes a bottleneck, and convolution before pooling costs "
            + "several times as much; convolutions with a stride beside a pool do neither.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 5 with Figures 9 and 10",
        List.of(
            new Check.ByCost(
                "the cost of pooling first, of that of convolving first, at Inception-v3's first "
                    + "reduction",
                true,
                () -> StatedCosts.of(20)),
            new Check.ByStudy(
                "speed and accuracy of the three forms",
                "grid-reduction",
                List.of("cheaper", "no-bottleneck", "as-accurate"))));
  }

  private static LedgerClaim inceptionV2() {
    return new LedgerClaim(
        21,
        "Inception-v2 is 42 layers deep, and costs 2.5 times as much as GoogLeNet.",
        "Szegedy et al. 2015, arXiv 1512.00567, sections 6 and 11",
        List.of(
            new Check.ByCost(
                "depth and multiply-adds of the graph, whose widths inside modules are not "
                    + "published (decision 0173)",
                false,
                InceptionClaims::depthAndCostOfV2)));
  }

  private static LedgerClaim labelSmoothing() {
    return new LedgerClaim(
        22,
        "Label smoothing gains about 0.2 points of both errors, and keeps the largest logit "
            + "from running away from the others.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 7",
        List.of(
            new Check.ByStudy(
                "accuracy, and the lead of the largest logit, with and without",
                "label-smoothing",
                List.of("accuracy", "gap"))));
  }

  private static LedgerClaim stepsToV3() {
    return new LedgerClaim(
        23,
        "RMSProp, label smoothing, a factorized first 7x7 and batch norm in the auxiliary "
            + "classifier each lower the error.",
        "Szegedy et al. 2015, arXiv 1512.00567, Table 3",
        List.of(
            new Check.ByStudy(
                "all four steps, one after the other",
                "inception-ablation",
                List.of("all-together", "each-helps", "factorised"))));
  }

  private static LedgerClaim auxiliaryHeads() {
    return new LedgerClaim(
        24,
        "Auxiliary classifiers act as regularizers; they do not speed up the start of "
            + "training.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 4",
        List.of(
            new Check.ByStudy(
                "the start and the end of training with and without them, and the gap between"
                    + " training and new images",
                "auxiliary",
                List.of("start", "gap", "end", "norm-in-head"))));
  }

  private static LedgerClaim lowerResolution() {
    return new LedgerClaim(
        25,
        "Lower resolution at equal cost loses little.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 9 with Table 2",
        List.of(
            new Check.ByStudy(
                "accuracy at three resolutions of equal cost",
                "resolution",
                List.of("half", "quarter"))));
  }

  private static List<Figure> sizeOfV3() {
    Cost cost = StatedCosts.main("inception_v3");
    return List.of(
        Figure.of("parameters", Figure.Rule.AT_MOST, 25, cost.parameters() / 1e6, "million"),
        Figure.of("multiply-adds", Figure.Rule.ABOUT, 5, cost.multiplyAdds() / 1e9, "billion"));
  }

  private static List<Figure> depthAndCostOfV2() {
    List<Figure> figures = new ArrayList<>(StatedCosts.of(21));
    figures.add(
        Figure.of(
            "layers with weights on the longest path",
            Figure.Rule.EXACTLY,
            42,
            Cost.depth(Models.graph("inception_v2").withoutAuxiliary()),
            ""));
    return figures;
  }
}
