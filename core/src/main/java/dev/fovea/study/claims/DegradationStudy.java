package dev.fovea.study.claims;

import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import java.util.List;
import java.util.Map;

/** Deeper plain networks train worse; deeper residual networks train better. */
final class DegradationStudy implements Study {
  private static final List<String> NETWORKS =
      List.of("plain20", "plain56", "resnet20", "resnet56");

  @Override
  public String name() {
    return "degradation";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Degradation",
        "With more layers a plain network gets worse even on its training images, so the cause is"
            + " not overfitting; with identity shortcuts the deeper network is better.",
        "He et al. 2015, arXiv 1512.03385, section 4.2 and Figure 6");
  }

  @Override
  public List<String> setup(Scale scale) {
    return scale == Scale.FULL
        ? List.of("The paper's networks (20 and 56 layers), recipe and 64,000 steps.")
        : List.of(
            "The paper's networks, trained for minutes in place of 64,000 steps. "
                + StudyConfigs.REDUCED,
            "A short run covers the start of training, where depth hurts plain networks most; what"
                + " a deep residual network gains from its depth comes late.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "plain-depth-hurts",
            1,
            "points",
            "plain20 fits its training images better than plain56",
            "Figure 6, left: a curve, no number"),
        Criterion.atLeast(
            "residual-depth-helps",
            0,
            "points",
            "resnet56 is at least as accurate as resnet20 on new images",
            "91.25 % to 93.03 %: 1.78 points"),
        Criterion.atLeast(
            "shortcuts-help-depth",
            2,
            "points",
            "resnet56 is more accurate than plain56 on new images",
            "Figure 6: a curve, no number"),
        Criterion.atLeast(
            "less-degradation",
            1,
            "points",
            "going from 20 to 56 layers costs plain networks more training accuracy than residual"
                + " ones",
            "Figure 6: residual networks gain, plain ones lose"));
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return NETWORKS.stream()
        .map(n -> Arm.of(n, StudyConfigs.reduced(StudyConfigs.cifar(n, scale), scale)))
        .toList();
  }

  @Override
  public Conclusion conclude(StudyData data) {
    double plain = data.trainingGain("plain20", "plain56");
    double residual = data.trainingGain("resnet20", "resnet56");
    return new Conclusion(
        Map.of(
            "plain-depth-hurts",
            plain,
            "residual-depth-helps",
            data.gain("resnet56", "resnet20"),
            "shortcuts-help-depth",
            data.gain("resnet56", "plain56"),
            "less-degradation",
            plain - residual),
        List.of(
            errors(data, "Plain networks", NETWORKS.subList(0, 2)),
            errors(data, "Residual networks", NETWORKS.subList(2, 4))),
        List.of(data.table("All runs", NETWORKS)),
        List.of(data.seedNote(NETWORKS), data.learnedNote()));
  }

  private static Plot errors(StudyData data, String title, List<String> arms) {
    return Plot.curves(
        title,
        "step",
        "error (%)",
        arms.stream()
            .flatMap(
                a ->
                    List.of(
                        data.curve(a, a + ", training", e -> 100 - 100 * e.train().top1()),
                        data.curve(a, a + ", new images", e -> 100 - 100 * e.evaluated().top1()))
                        .stream())
            .toList());
  }
}
