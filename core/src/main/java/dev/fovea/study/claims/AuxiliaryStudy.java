package dev.fovea.study.claims;

import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.RunConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What auxiliary classifiers do: not speed up the start of training, but regularize. */
final class AuxiliaryStudy implements Study {
  private static final String WITHOUT = "without";
  private static final String HEAD = "auxiliary classifier";
  private static final String NORMALIZED = "BN-auxiliary";
  private static final List<String> ALL = List.of(WITHOUT, HEAD, NORMALIZED);

  /** The part of a run that is its start. */
  private static final double START = 0.25;

  @Override
  public String name() {
    return "auxiliary";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Auxiliary classifiers",
        "Auxiliary classifiers do not speed up the start of training; they act as regularizers,"
            + " the more so with batch norm, and near the end they lead to a slightly higher"
            + " accuracy.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 4, and Table 3 for BN-auxiliary");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        scale == Scale.FULL
            ? "Inception-v3 for 299x299 images, trained as in section 8."
            : "A small Inception-v3 for 32x32 images at an eighth of the width; a one-cycle"
                + " schedule, and no augmentation, so that there is something to regularize.",
        "The three networks are the same but for the auxiliary classifier on the last middle"
            + " module: none; one with batch norm only in its convolution; one with batch norm in"
            + " its fully connected layer too, the paper's BN-auxiliary. Its loss counts 0.4 times,"
            + " and it is left out of every accuracy.",
        "The start is the first quarter of a run. Accuracy is measured 40 times per run, each time"
            + " on the same "
            + Progress.IMAGES
            + " validation images; the mean of the ten values in the first quarter counts.",
        "To regularize means to narrow the gap between training and validation accuracy. Training"
            + " accuracy is that of the last epoch's images while it ran.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atMost(
            "start",
            1,
            "points",
            "in the first quarter of the run neither auxiliary classifier puts its network ahead",
            "the progression looks virtually identical; no number"),
        Criterion.atLeast(
            "gap",
            0.5,
            "points",
            "with BN-auxiliary the gap between training and new images is narrower than without",
            "acts as a regularizer; no number"),
        Criterion.atLeast(
            "end",
            0,
            "points",
            "with BN-auxiliary the network ends at least as accurate as without",
            "a slightly higher plateau; no number"),
        Criterion.atLeast(
            "norm-in-head",
            0,
            "points",
            "batch norm in the auxiliary classifier leads to at least the same accuracy",
            "21.6 % to 21.2 % error: 0.4 points"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  // The cost of 40 accuracy measurements per run.
  @Override
  public double ownShare() {
    return 0.15;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return scale == Scale.FULL
        ? List.of(full(WITHOUT, "aux=false"), full(HEAD, "aux=conv"), full(NORMALIZED, "aux=true"))
        : List.of(quick(WITHOUT, "aux=none"), quick(HEAD, "aux=conv"), quick(NORMALIZED, "aux=bn"));
  }

  private static Arm full(String name, String options) {
    RunConfig config = StudyConfigs.inception("inception_v3(" + options + ")");
    return Arm.of(name, config.withAugment("imagenet")).watchedBy(Progress::new);
  }

  private static Arm quick(String name, String options) {
    RunConfig config = StudyConfigs.smallInception(Scale.QUICK, options);
    return Arm.of(name, config.withAugment()).watchedBy(Progress::new);
  }

  @Override
  public Conclusion conclude(StudyData data) {
    Map<String, Double> measured = new LinkedHashMap<>();
    double end = data.gain(NORMALIZED, WITHOUT);
    // Networks that have learned nothing start alike and have no gap.
    boolean learned = !Double.isNaN(end);
    double start = Math.max(ahead(data, HEAD), ahead(data, NORMALIZED));
    measured.put("start", learned ? start : Double.NaN);
    measured.put("gap", learned ? gap(data, WITHOUT) - gap(data, NORMALIZED) : Double.NaN);
    measured.put("end", end);
    measured.put("norm-in-head", data.gain(NORMALIZED, HEAD));
    return new Conclusion(
        measured,
        List.of(
            Plot.curves(
                "Accuracy on new images",
                "step",
                "top-1 (%)",
                ALL.stream().map(a -> new Series(a, Progress.of(data.medianRun(a)))).toList()),
            Plot.curves(
                "Ahead of the network without, mean of the seeds",
                "step",
                "points",
                ALL.subList(1, 3).stream().map(a -> new Series(a, lead(data, a))).toList())),
        List.of(table(data), data.table("All runs", ALL)),
        List.of(data.seedNote(ALL), data.learnedNote()));
  }

  /** Returns the mean lead in the first quarter of the run over the network without, in points. */
  private static double ahead(StudyData data, String arm) {
    List<Series.Point> lead = lead(data, arm);
    double last = lead.isEmpty() ? 0 : lead.get(lead.size() - 1).x();
    return lead.stream()
        // Before the first step, no network has been trained.
        .filter(p -> p.x() > 0 && p.x() <= START * last)
        .mapToDouble(Series.Point::y)
        .average()
        .orElse(Double.NaN);
  }

  /** Returns how far an arm is ahead of the network without at each step, averaged over seeds. */
  private static List<Series.Point> lead(StudyData data, String arm) {
    List<List<Series.Point>> own = data.runs(arm).stream().map(Progress::of).toList();
    List<List<Series.Point>> without = data.runs(WITHOUT).stream().map(Progress::of).toList();
    int looks = Stream.concat(own.stream(), without.stream()).mapToInt(List::size).min().orElse(0);
    return IntStream.range(0, looks)
        .mapToObj(i -> new Series.Point(own.get(0).get(i).x(), mean(own, i) - mean(without, i)))
        .toList();
  }

  private static double mean(List<List<Series.Point>> runs, int look) {
    return runs.stream().mapToDouble(r -> r.get(look).y()).average().orElse(Double.NaN);
  }

  private static double gap(StudyData data, String arm) {
    return data.mean(arm, TrainedRun::trainingAccuracy) - data.accuracy(arm);
  }

  private static Grid table(StudyData data) {
    return new Grid(
        "Start, end and gap",
        List.of("network", "ahead in the first quarter", "accuracy", "training accuracy", "gap"),
        ALL.stream()
            .map(
                a ->
                    List.of(
                        a,
                        a.equals(WITHOUT) ? "" : points(ahead(data, a)),
                        StudyData.percent(data.accuracy(a)),
                        StudyData.percent(data.mean(a, TrainedRun::trainingAccuracy)),
                        points(gap(data, a))))
            .toList());
  }

  private static String points(double difference) {
    return Decimals.format("%+.2f points", difference);
  }
}
