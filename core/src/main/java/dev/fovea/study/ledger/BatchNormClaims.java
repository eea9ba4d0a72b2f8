package dev.fovea.study.ledger;

import java.util.List;

/** The claims of Ioffe and Szegedy 2015, and the note's remarks on it. */
final class BatchNormClaims {
  private BatchNormClaims() {}

  static List<LedgerClaim> all() {
    return List.of(
        ensembleOnImageNet(),
        fractionOfTheSteps(),
        dropoutCanGo(),
        covariateShift(),
        shiftAccumulates(),
        ratesAndInitialization(),
        sevenTips(),
        populationStatistics(),
        againstGoogLeNet());
  }

  private static LedgerClaim ensembleOnImageNet() {
    return new LedgerClaim(
        1,
        "An ensemble of six BN-Inceptions with many crops reaches 4.9 % top-5 and 20.1 % "
            + "top-1 error on ImageNet.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, abstract and Figure 4",
        List.of(
            new Check.ByRuns(
                "both errors on ImageNet",
                List.of(
                    new Check.Training("imagenet/", "bn-inception-paper-x30", "", 1),
                    new Check.Training("imagenet/", "bn-inception-paper-x30", "", 2),
                    new Check.Training("imagenet/", "bn-inception-paper-x30", "", 3),
                    new Check.Training("imagenet/", "bn-inception-paper-x30", "", 4),
                    new Check.Training("imagenet/", "bn-inception-paper-x30", "", 5),
                    new Check.Training("imagenet/", "bn-inception-paper-x30", "", 6)),
                Check.Evaluation.TOGETHER_144_CROPS,
                "ImageNet",
                190,
                "six times 6,000,000 steps of 32 images at 69.0 images/s (Zen 5, bf16)")));
  }

  private static LedgerClaim fractionOfTheSteps() {
    return new LedgerClaim(
        2,
        "With batch norm and a higher rate (BN-x5, BN-x30) the same accuracy takes a small "
            + "fraction of the steps, down to 7 %, and the end is better.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.2.2 with Figures 2 and 3",
        List.of(
            new Check.ByStudy(
                "the steps to the plain network's accuracy at the same and at five times the "
                    + "rate, and the accuracy at thirty times the rate, on small images",
                "bn-speed",
                List.of("baseline-steps", "x5-steps", "x30-accuracy"))));
  }

  private static LedgerClaim dropoutCanGo() {
    return new LedgerClaim(
        3,
        "With batch norm, dropout can be left out.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, sections 3.4 and 4.2.1",
        List.of(
            new Check.ByStudy(
                "accuracy with batch norm, without dropout and with it",
                "bn-regularizes",
                List.of("dropout-can-go"))));
  }

  private static LedgerClaim covariateShift() {
    return new LedgerClaim(
        4,
        "While a network trains, the distribution of a layer's inputs keeps moving (internal "
            + "covariate shift); batch norm steadies it.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, sections 2 and 4.1 with Figure 1",
        List.of(
            new Check.ByStudy(
                "how far the percentiles of a hidden layer's inputs travel during training, with "
                    + "and without batch norm",
                "bn-shift",
                List.of("drift")),
            new Check.ByStudy(
                "the same in the last layers of a network of 16 hidden layers",
                "bn-depth",
                List.of("norm-steadies"))));
  }

  private static LedgerClaim shiftAccumulates() {
    return new LedgerClaim(
        5,
        "The shift accumulates: the deeper the network, the farther its distributions move.",
        "the note, on arXiv 1502.03167",
        List.of(
            new Check.ByStudy(
                "how far the percentiles of every layer's inputs travel in networks of 4, 8 and 16 "
                    + "hidden layers, with and without batch norm",
                "bn-depth",
                List.of("grows-along-layers", "grows-with-depth", "norm-stops-growth"))));
  }

  private static LedgerClaim ratesAndInitialization() {
    return new LedgerClaim(
        6,
        "Without batch norm, rates must be small and initial weights chosen with care; with "
            + "it, larger rates and saturating nonlinearities train.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 3.3",
        List.of(
            new Check.ByStudy(
                "five times the rate without norms, thirty times with them, and sigmoids with and "
                    + "without",
                "bn-speed",
                List.of("x30-accuracy", "plain-x5", "sigmoid-with", "sigmoid-without")),
            new Check.ByStudy(
                "how much of a grid of initial scales and rates trains, with and without norms",
                "bn-init",
                List.of("more-of-the-grid", "wider-scales", "larger-rates"))));
  }

  private static LedgerClaim sevenTips() {
    return new LedgerClaim(
        7,
        "Once batch norm is there, seven changes each help: a larger rate, no dropout, less "
            + "L2, faster decay of the rate, no local response normalization, more thorough "
            + "shuffling, less photometric distortion.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.2.1",
        List.of(
            new Check.ByStudy(
                "two of the seven: no dropout, and a fifth of the L2 weight",
                "bn-regularizes",
                List.of("dropout-can-go", "l2-can-shrink")),
            new Check.ByStudy(
                "the other five, each alone, and all seven together",
                "bn-tips",
                List.of(
                    "larger-rate",
                    "faster-decay",
                    "lrn-can-go",
                    "shuffling",
                    "less-distortion",
                    "all-seven"))));
  }

  private static LedgerClaim populationStatistics() {
    return new LedgerClaim(
        8,
        "In inference a normalized network uses the mean of the batches' means, and the "
            + "unbiased variance: m/(m-1) times the mean of the batches' variances.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, algorithm 2",
        List.of(
            new Check.ByTest(
                "that the statistics taken over several batches, and what inference makes of them,"
                    + " are those of the formula",
                "dev.fovea.onednn.PopulationStatisticsTest",
                "theMeanOverBatchesAndTheUnbiasedVarianceAreTaken"),
            new Check.ByTest(
                "that observed batches give the means over the statistics of the float64 "
                    + "interpreter, in a whole network",
                "dev.fovea.onednn.FrozenTrainingTest",
                "observedBatchesGiveTheMeansOverTheirStatistics")));
  }

  private static LedgerClaim againstGoogLeNet() {
    return new LedgerClaim(
        9,
        "BN-Inception differs from GoogLeNet by two 3x3 for each 5x5, three modules in place "
            + "of two on the 28x28 grid, average and maximum pools inside modules, and strides in "
            + "place of the pools between modules. It has about 25 % more parameters and costs "
            + "about 30 % more.",
        "Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.2 and appendix",
        List.of(
            new Check.ByCost(
                "the structure of both graphs, counted", false, BnInceptionStructure::figures),
            new Check.ByCost(
                "multiply-adds and parameters of both graphs", true, () -> StatedCosts.of(9)),
            new Check.ByTest(
                "that every module costs what its published widths give",
                "dev.fovea.models.FamiliesTest",
                "everyModuleOfBnInceptionCostsWhatTheTablesSay")));
  }
}
