package dev.fovea.study;

import dev.fovea.data.source.Dataset;
import dev.fovea.program.ConvolutionAlgorithm;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * A claim of a paper as an experiment.
 *
 * <p>Implementations are stateless. To add a study, implement this interface and list it in {@code
 * Studies}.
 */
public interface Study {

  /** Returns the unique name that users select the study by, for example {@code degradation}. */
  String name();

  /** Returns the claim to be tested. */
  Claim claim();

  /** Returns what differs from the paper at this scale and why, as sentences for the report. */
  List<String> setup(Scale scale);

  /** Returns the criteria that decide the verdict. */
  List<Criterion> criteria();

  /** Returns the questions beside the claim; mostly none. */
  default List<Question> secondaryQuestions() {
    return List.of();
  }

  /** Returns the usual file name of the images that the quick form is meant for. */
  default String usualData() {
    return "cifar10.zip";
  }

  /** Returns the runs to compare, at full length; may be empty. */
  List<Arm> arms(Scale scale);

  /**
   * Returns the runs to compare with the given images; the same as for any others, unless the claim
   * is about the size of the images.
   *
   * @param shorterSide the typical shorter side of the images in pixels; looked at only when asked
   */
  default List<Arm> arms(Scale scale, IntSupplier shorterSide) {
    return arms(scale);
  }

  /**
   * Returns the images that the arms are trained and evaluated on: all, unless the study holds some
   * classes back.
   *
   * @param all a split of the study's data; closed with the result
   */
  default Dataset images(Dataset all) {
    return all;
  }

  /**
   * Returns how the runs compute convolutions: as chosen, unless the claim is about one algorithm.
   */
  default ConvolutionAlgorithm convolution(ConvolutionAlgorithm chosen) {
    return chosen;
  }

  /** Returns the default number of runs per arm, each with its own seed. */
  default int seeds(Scale scale) {
    return scale == Scale.QUICK ? 1 : 3;
  }

  /**
   * Returns the number of epochs that a quick run has at least: with less time it uses fewer images
   * instead. The default is enough for a curve and for a complete schedule.
   */
  default int leastEpochs() {
    return 10;
  }

  /**
   * Returns the fraction of a quick study's time that is needed for measurements other than
   * training.
   */
  default double ownShare() {
    return 0;
  }

  /** Evaluates the finished runs and performs any further measurements. */
  Conclusion conclude(StudyData data);
}
