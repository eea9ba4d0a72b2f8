package dev.fovea.study.claims;

import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The identity on the shortcut against the zero mapping, a learnt and a random one. */
final class IdentityStudy implements Study {
  /**
   * A mapping on the shortcut of every unit.
   *
   * @param options of the network that select it
   */
  private record Mapping(String arm, String options) {}

  private static final Mapping IDENTITY = new Mapping("identity", "");
  private static final Mapping ZERO = new Mapping("zero", ",skip_scale=0");
  private static final Mapping LEARNT = new Mapping("learnt 1x1", ",shortcut=C");
  private static final Mapping RANDOM = new Mapping("random 1x1", ",shortcut=random");
  private static final List<Mapping> ALL = List.of(IDENTITY, ZERO, LEARNT, RANDOM);

  @Override
  public String name() {
    return "identity";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "The mapping on the shortcut",
        "The identity may not be the best mapping for the shortcut, since another may be more"
            + " accurate, but it is better than the zero mapping, that is, than no shortcut. A 1x1"
            + " convolution, which could learn to be the identity, makes training harder.",
        "The note on He et al. 2015, arXiv 1512.03385, section 3.1; figures of its Table 3 and of"
            + " He et al. 2016, arXiv 1603.05027, section 3 and Table 1");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "One network, with ReLU after the addition; only the mapping on the shortcuts of all units"
            + " changes. Where shapes change, the identity pads with zero channels (option A). Zero"
            + " makes a plain network.",
        "The learnt mapping is a 1x1 convolution with batch norm in every unit (option C). The"
            + " random one is the same with weights that training leaves at their random initial"
            + " values; only its norm is trained.",
        scale == Scale.FULL
            ? "110 layers and the second paper's recipe: 64,000 steps after a warm-up."
            : "32 layers in place of Table 1's 110. " + StudyConfigs.REDUCED);
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "better-than-zero",
            1,
            "points",
            "the identity is more accurate than the zero mapping",
            "ImageNet, 34 layers: 28.54 % to 25.03 % error, 3.51 points; CIFAR-10, 110 layers:"
                + " above 20 % to 6.61 %"),
        Criterion.atLeast(
            "not-the-best",
            0.5,
            "points",
            "the better one of the learnt and the random mapping is more accurate than the"
                + " identity",
            "learnt: ImageNet, 34 layers, 25.03 % to 24.19 % error, 0.84 points; CIFAR-10, 110"
                + " layers, 6.61 % to 12.22 %, -5.61 points"),
        Criterion.atLeast(
            "convolution-trains-worse",
            1,
            "points",
            "the identity fits its training images better than the learnt mapping",
            "CIFAR-10, 110 layers: 12.22 % to 6.61 % error on new images, with a higher training"
                + " error; no number for the latter"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 5;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    int depth = scale == Scale.FULL ? 110 : 32;
    return ALL.stream()
        .map(
            m -> {
              String model = "preact_resnet" + depth + "(order=original" + m.options + ")";
              return Arm.of(
                  m.arm, StudyConfigs.reduced(StudyConfigs.cifarWarm(model, scale), scale));
            })
        .toList();
  }

  @Override
  public Conclusion conclude(StudyData data) {
    double another =
        Math.max(data.gain(LEARNT.arm, IDENTITY.arm), data.gain(RANDOM.arm, IDENTITY.arm));
    List<String> names = ALL.stream().map(Mapping::arm).toList();
    return new Conclusion(
        Map.of(
            "better-than-zero", data.gain(IDENTITY.arm, ZERO.arm),
            "not-the-best", another,
            "convolution-trains-worse", data.trainingGain(IDENTITY.arm, LEARNT.arm)),
        List.of(
            errors(data, "New images", names, false), errors(data, "Training images", names, true)),
        List.of(mappings(data), data.table("All runs", names)),
        List.of(data.seedNote(names), data.learnedNote()));
  }

  private static Plot errors(StudyData data, String title, List<String> names, boolean training) {
    return Plot.curves(
        title,
        "step",
        "error (%)",
        names.stream()
            .map(
                n ->
                    data.curve(
                        n,
                        n,
                        e -> 100 - 100 * (training ? e.train().top1() : e.evaluated().top1())))
            .toList());
  }

  private static Grid mappings(StudyData data) {
    List<List<String>> rows = new ArrayList<>();
    for (Mapping m : ALL) {
      rows.add(
          List.of(
              m.arm,
              StudyData.percent(data.accuracy(m.arm)),
              Decimals.format("%+.2f points", data.accuracy(m.arm) - data.accuracy(IDENTITY.arm)),
              Decimals.format(
                  "%+.2f points",
                  data.mean(m.arm, TrainedRun::trainingAccuracy)
                      - data.mean(IDENTITY.arm, TrainedRun::trainingAccuracy))));
    }
    return new Grid(
        "Mappings on the shortcut",
        List.of("mapping", "new images", "against the identity", "the same on training images"),
        rows);
  }
}
