package dev.fovea.study.claims;

import dev.fovea.study.Study;
import java.util.List;
import java.util.Optional;

/** The list of studies. */
public final class Studies {
  private static final List<Study> ALL =
      List.of(
          new BatchNormSpeedStudy(),
          new CovariateShiftStudy(),
          new BatchNormRegularizationStudy(),
          new ShiftByDepthStudy(),
          new InitialScaleStudy(),
          new BatchNormTipsStudy(),
          new FactorizationStudy(),
          new GridReductionStudy(),
          new LabelSmoothingStudy(),
          new AblationStudy(),
          new PrinciplesStudy(),
          new AuxiliaryStudy(),
          new ResolutionStudy(),
          new DegradationStudy(),
          new ShallowStudy(),
          new IdentityStudy(),
          new ShortcutsStudy(),
          new LayerResponsesStudy(),
          new DepthLimitsStudy(),
          new ResidualAsInceptionStudy(),
          new PreactivationStudy(),
          new WidthStudy(),
          new TransferStudy(),
          new CropsAndEnsemblesStudy());

  private Studies() {}

  /** Returns all studies: batch norm, Inception, ResNet and its variants, evaluation. */
  public static List<Study> all() {
    return ALL;
  }

  /** Returns the study with this name. */
  public static Optional<Study> named(String name) {
    return ALL.stream().filter(s -> s.name().equals(name)).findFirst();
  }
}
