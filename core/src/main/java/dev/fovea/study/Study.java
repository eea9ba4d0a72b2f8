package dev.fovea.study;

import java.util.List;

/**
 * A claim of a paper, made into an experiment.
 *
 * <p>Immutable, without state. To add one, implement this and name it in {@code Studies}.
 */
public interface Study {

  /** What it is called on the command line: {@code degradation}. */
  String name();

  /** What is to be shown. */
  Claim claim();

  /** What differs from the paper at this scale, and why; a few sentences for the report. */
  List<String> setup(Scale scale);

  /** The rule: the numbers that decide, and their limits. */
  List<Criterion> criteria();

  /** The runs that are compared, at full length; may be empty. */
  List<Arm> arms(Scale scale);

  /** How many seeds each arm is trained with. */
  default int seeds(Scale scale) {
    return scale == Scale.QUICK ? 1 : 3;
  }

  /** The part of the quick scale's time that {@link #conclude} needs for its own measuring. */
  default double ownShare() {
    return 0;
  }

  /** Reads the numbers off the finished runs, and measures what else there is to measure. */
  Conclusion conclude(StudyData data);
}
