package dev.fovea.study.ledger;

import java.util.List;

/**
 * The claims of He et al. 2015 and 2016, Zagoruyko and Komodakis 2016, and what all papers say of
 * evaluation and transfer.
 */
final class ResidualClaims {
  private ResidualClaims() {}

  static List<LedgerClaim> all() {
    return List.of(
        degradation(),
        gainFromDepth(),
        cheaperThanVgg(),
        shortcutOptions(),
        betterThanZero(),
        smallResponses(),
        shallow(),
        specialInception(),
        sixResNets(),
        limitsOfDepth(),
        nothingButIdentity(),
        thousandLayers(),
        width(),
        cropsAndEnsembles(),
        transfer());
  }

  private static LedgerClaim degradation() {
    return new LedgerClaim(
        26,
        "Deeper plain networks are worse even on their training images (degradation).",
        "He et al. 2015, arXiv 1512.03385, Figures 1 and 6",
        List.of(
            new Check.ByStudy(
                "training accuracy of plain networks with 20 and 56 layers",
                "degradation",
                List.of("plain-depth-hurts"))));
  }

  private static LedgerClaim gainFromDepth() {
    return new LedgerClaim(
        27,
        "Residual networks gain from depth, and learn faster at the start.",
        "He et al. 2015, arXiv 1512.03385, Figures 4 and 6",
        List.of(
            new Check.ByStudy(
                "accuracy of residual and plain networks with 20 and 56 layers",
                "degradation",
                List.of("residual-depth-helps", "shortcuts-help-depth", "less-degradation")),
            new Check.ByStudy(
                "that they learn faster at the start, with 20 layers",
                "shallow",
                List.of("faster-start"))));
  }

  private static LedgerClaim cheaperThanVgg() {
    return new LedgerClaim(
        28,
        "ResNet-152 costs less than VGG-16 and VGG-19.",
        "He et al. 2015, arXiv 1512.03385, section 3.3 with Table 1",
        List.of(
            new Check.ByCost(
                "multiply-adds of the three graphs, with the strides of the paper",
                true,
                () -> StatedCosts.of(28))));
  }

  private static LedgerClaim shortcutOptions() {
    return new LedgerClaim(
        29,
        "Zero channels, projections where shapes change, and projections everywhere (options "
            + "A, B, C) differ little: the identity suffices.",
        "He et al. 2015, arXiv 1512.03385, section 4.1 with Table 3",
        List.of(
            new Check.ByStudy(
                "the spread of the three options beside what any shortcut gains",
                "shortcuts",
                List.of("options-close"))));
  }

  private static LedgerClaim betterThanZero() {
    return new LedgerClaim(
        30,
        "The identity may not be the best mapping for the shortcut, but it is better than the "
            + "zero mapping.",
        "the note, on arXiv 1512.03385, section 3.1",
        List.of(
            new Check.ByStudy(
                "identity against none, which is the zero mapping",
                "shortcuts",
                List.of("shortcut-helps")),
            new Check.ByStudy(
                "the identity against zero, a learnt and a random mapping",
                "identity",
                List.of("better-than-zero", "not-the-best"))));
  }

  private static LedgerClaim smallResponses() {
    return new LedgerClaim(
        31,
        "Residual functions have small responses, and the deeper the network, the smaller "
            + "they are.",
        "He et al. 2015, arXiv 1512.03385, section 4.2 with Figure 7",
        List.of(
            new Check.ByStudy(
                "the standard deviations of layer responses in plain and residual networks of "
                    + "several depths",
                "responses",
                List.of(
                    "residual-smaller-20",
                    "residual-smaller-56",
                    "deeper-smaller",
                    "ranked-below"))));
  }

  private static LedgerClaim shallow() {
    return new LedgerClaim(
        32,
        "Residual learning may not suit shallow networks.",
        "the note, on arXiv 1512.03385",
        List.of(
            new Check.ByStudy(
                "plain against residual networks at depths 8, 14, 20, 32 and 56",
                "shallow",
                List.of("shallow-gain", "gain-grows"))));
  }

  private static LedgerClaim specialInception() {
    return new LedgerClaim(
        33,
        "A residual block looks like a special case of an Inception module.",
        "the note, on arXiv 1512.03385",
        List.of(
            new Check.ByTest(
                "that concatenations with fixed 1x1 projections in place of all additions give the"
                    + " same answers and gradients to 1e-6, in five residual networks",
                "dev.fovea.passes.ResidualAsInceptionTest",
                "aResidualNetworkIsANetworkOfInceptionModules"),
            new Check.ByStudy(
                "the same on images with trained weights, and what training makes of the"
                    + " projections once they are free",
                "residual-as-inception",
                List.of("same-function", "projections-move", "general-as-accurate"))));
  }

  private static LedgerClaim sixResNets() {
    return new LedgerClaim(
        34,
        "Six ResNets of several depths have 3.57 % top-5 error on ImageNet's test set.",
        "He et al. 2015, arXiv 1512.03385, Table 5",
        List.of(
            new Check.ByRuns(
                "the error on ImageNet's validation set; which depths, beside two of 152 layers, "
                    + "is not published",
                List.of(
                    new Check.Training("imagenet/", "resnet-imagenet", "resnet34", 1),
                    new Check.Training("imagenet/", "resnet-imagenet", "resnet50", 2),
                    new Check.Training("imagenet/", "resnet-imagenet", "resnet101", 3),
                    new Check.Training("imagenet/", "resnet-imagenet", "resnet101", 4),
                    new Check.Training("imagenet/", "resnet-imagenet", "resnet152", 5),
                    new Check.Training("imagenet/", "resnet-imagenet", "resnet152", 6)),
                Check.Evaluation.TOGETHER_DENSE,
                "ImageNet",
                450,
                "90 epochs of 1,281,167 images at 33.4 images/s of ResNet-50 (Zen 5, bf16), by "
                    + "multiply-adds")));
  }

  private static LedgerClaim limitsOfDepth() {
    return new LedgerClaim(
        35,
        "ResNet-110 needs a warm-up to start; ResNet-1202 fits the training set and tests "
            + "worse.",
        "He et al. 2015, arXiv 1512.03385, section 4.2",
        List.of(
            new Check.ByStudy(
                "110 layers with and without warm-up, and a far deeper network than the images"
                    + " call for: 1202 layers at full scale only",
                "depth-limits",
                List.of("warm-up-helps-start", "deeper-fits", "deeper-tests-worse"))));
  }

  private static LedgerClaim nothingButIdentity() {
    return new LedgerClaim(
        36,
        "Anything on the shortcut but the identity hurts, and full pre-activation is the best "
            + "order of operations.",
        "He et al. 2016, arXiv 1603.05027, Tables 1 and 2",
        List.of(
            new Check.ByStudy(
                "scaling, gates and dropout on the shortcut",
                "shortcuts",
                List.of("halving-hurts", "gating-hurts", "dropout-hurts")),
            new Check.ByStudy(
                "five orders of norm, activation and addition",
                "preactivation",
                List.of("full-is-best", "bn-after-hurts", "relu-before-hurts")),
            new Check.ByStudy(
                "whether learnt 1x1 convolutions on every shortcut make training harder",
                "identity",
                List.of("convolution-trains-worse"))));
  }

  private static LedgerClaim thousandLayers() {
    return new LedgerClaim(
        37,
        "Pre-activation lets 1,001 layers train, and regularizes.",
        "He et al. 2016, arXiv 1603.05027, Table 4 and Figure 6",
        List.of(
            new Check.ByRuns(
                "4.62 % error of 1,001 layers on CIFAR-10, and that the order of 2015 does worse "
                    + "at this depth",
                List.of(
                    new Check.Training("cifar10.zip", "cifar-preact", "preact_resnet1001", 1),
                    new Check.Training(
                        "cifar10.zip", "cifar-preact", "preact_resnet1001(order=original)", 1)),
                Check.Evaluation.ONE_BY_ONE,
                "CIFAR-10 and time",
                7,
                "64,000 steps of 128 images each, at 157 images/s of the network of 164 layers "
                    + "(Zen 4, bf16), by multiply-adds"),
            new Check.ByStudy(
                "that it regularizes: a higher training loss with a lower test error",
                "preactivation",
                List.of("higher-training-loss", "lower-error-all-the-same"))));
  }

  private static LedgerClaim width() {
    return new LedgerClaim(
        38,
        "Width beats depth at equal parameters, and is faster for each parameter; dropout "
            + "inside blocks helps wide networks.",
        "Zagoruyko and Komodakis 2016, arXiv 1605.07146, section 3 with Tables 4 to 6",
        List.of(
            new Check.ByStudy(
                "accuracy, time of a step and time to the same accuracy, at equal parameters",
                "wide",
                List.of(
                    "wider-as-accurate", "widest-as-accurate", "step-time", "time-to-accuracy")),
            new Check.ByStudy(
                "dropout inside the blocks of the widest network",
                "wide",
                List.of("dropout-helps"))));
  }

  private static LedgerClaim cropsAndEnsembles() {
    return new LedgerClaim(
        39,
        "Ten crops, 144 crops and ensembles each lower the error, with falling returns.",
        "Szegedy et al. 2014, arXiv 1409.4842, section 7 with Table 3; arXiv 1502.03167; "
            + "arXiv 1512.00567; arXiv 1512.03385",
        List.of(
            new Check.ByStudy(
                "the part of the error that each takes away",
                "crops-and-ensembles",
                List.of("ten-crops", "144-crops", "ensemble", "both", "both-against-each")),
            new Check.ByStudy(
                "that the returns fall, by more than chance",
                "crops-and-ensembles",
                List.of("falling-models", "falling-views", "falling-together"))));
  }

  private static LedgerClaim transfer() {
    return new LedgerClaim(
        40,
        "Features of ResNets won in detection, localization and segmentation.",
        "He et al. 2015, arXiv 1512.03385, section 4.3 and appendices",
        List.of(
            new Check.ByStudy(
                "features of residual and plain networks of equal depth: a linear classifier of "
                    + "other classes, and localization by maps of classes",
                "transfer",
                List.of("reads-out-better", "localizes-better")),
            new Check.NotYet(
                "detection, localization by trained boxes and segmentation, which are not what "
                    + "Fovea does",
                "")));
  }
}
