package dev.fovea.study.claims;

import dev.fovea.data.source.ClassSelection;
import dev.fovea.data.source.Dataset;
import dev.fovea.models.Models;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What the features of a residual trunk are worth for other classes, and for finding places. */
final class TransferStudy implements Study {
  private static final String RESIDUAL = "residual";
  private static final String PLAIN = "plain";
  private static final List<String> BOTH = List.of(RESIDUAL, PLAIN);

  /** The overlap from which a box counts as right, in percent, as in ImageNet's challenge. */
  private static final int RIGHT = 50;

  private static final String POINTS = "points";

  @Override
  public String name() {
    return "transfer";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Transfer of features",
        "What a residual network learns by classification serves other tasks better than what a"
            + " plain one learns.",
        "He et al. 2015, arXiv 1512.03385, section 4.3 with Tables 7 and 8, appendix C with"
            + " Table 13");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "The paper's tasks are detection, localization by trained boxes and segmentation, which"
            + " Fovea does not do. Measured are two things that these build on: whether the"
            + " features say what they were not trained to say, and whether they say where.",
        "The paper compares residual networks of 101 layers with VGG-16. Here "
            + (scale == Scale.FULL
                ? "both networks have 56 layers and the paper's training for CIFAR-10"
                : "both networks have 32 layers and a one-cycle schedule")
            + ", so that only the shortcuts differ.",
        "The networks are trained on every other class of the data, beginning with the first. Then"
            + " the trunk is frozen, and a linear classifier (softmax regression) is fitted to its"
            + " pooled features of up to 5,000 training images of the other classes, and tested on"
            + " up to 5,000 new images of these. The same is done before training, with random"
            + " weights.",
        "For localization, up to 2,000 new images of the trained classes are each placed at a"
            + " random place of a canvas of twice their side, whose background has the colors of"
            + " another image in random order. The network, which is fully convolutional up to its"
            + " pool, reads the whole canvas. A box is the smallest around the largest region in"
            + " which the map of the image's class (HiResCAM of the last block, which is the map of"
            + " Zhou et al. 2016 in these networks) has at least a share of its maximum. The share"
            + " is chosen for each network on 500 canvases of training images. A box is right if"
            + " its intersection over union with the image's place is at least 0.5; the class is"
            + " given, as in the errors of the paper's Table 13 for the true class. A box of the"
            + " image's size in the middle of every canvas is the best guess without looking.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "reads-out-better",
            1,
            POINTS,
            "a linear classifier of other classes is more accurate on residual features than on"
                + " plain ones",
            "another task: detection, 73.2 % to 76.4 % mAP on VOC 2007 and 41.5 % to 48.4 % mAP at"
                + " 0.5 on COCO"),
        Criterion.atLeast(
            "localizes-better",
            1,
            POINTS,
            "maps of classes of the residual network give the right box more often",
            "by trained boxes: 33.1 % (VGG-16) to 13.3 % error on ImageNet, the class given"),
        Criterion.atLeast(
            "features-transfer",
            5,
            POINTS,
            "residual features read out more accurately after training on the other half of the"
                + " classes than with random weights",
            "not given"),
        Criterion.atLeast(
            "maps-localize",
            10,
            POINTS,
            "maps of classes of the residual network give the right box more often than a box in"
                + " the middle",
            "not given"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public double ownShare() {
    return 0.25;
  }

  @Override
  public Dataset images(Dataset all) {
    return ClassSelection.of(all, Transfer.trained(all.classes()));
  }

  @Override
  public List<Arm> arms(Scale scale) {
    int depth = scale == Scale.FULL ? 56 : 32;
    return List.of(arm(RESIDUAL, "resnet" + depth, scale), arm(PLAIN, "plain" + depth, scale));
  }

  private static Arm arm(String name, String model, Scale scale) {
    RunConfig config =
        scale == Scale.FULL
            ? StudyConfigs.cifar(model, scale)
            : StudyConfigs.oneCycle(model, 0.1).withBatch(64);
    return Arm.of(name, config).watchedBy(Transfer::new);
  }

  @Override
  public Conclusion conclude(StudyData data) {
    double readout = data.mean(RESIDUAL, Transfer::readout);
    // Maps of networks that have learned nothing cannot be compared either.
    double found =
        Double.isNaN(data.gain(RESIDUAL, PLAIN))
            ? Double.NaN
            : data.mean(RESIDUAL, TransferStudy::right);
    int side = Models.info(data.config(RESIDUAL).network().model()).input().dim(1);
    double middle = Canvas.guessed(side, false, RIGHT / 100.0);
    return new Conclusion(
        Map.of(
            "reads-out-better",
            data.difference(readout, data.mean(PLAIN, Transfer::readout)),
            "localizes-better",
            found - data.mean(PLAIN, TransferStudy::right),
            "features-transfer",
            data.difference(readout, data.mean(RESIDUAL, Transfer::untrained)),
            "maps-localize",
            found - middle),
        List.of(readouts(data), boxes(data, side), curves(data)),
        List.of(figures(data, side), data.table("Accuracy on the trained classes", BOTH)),
        List.of(data.seedNote(BOTH), data.learnedNote()));
  }

  private static double right(TrainedRun run) {
    return Transfer.localized(run, RIGHT);
  }

  private static Plot readouts(StudyData data) {
    List<ToDoubleFunction<TrainedRun>> numbers =
        List.of(TrainedRun::accuracy, Transfer::readout, Transfer::untrained);
    return Plot.bars(
        "Accuracy on new images",
        "top-1 (%)",
        List.of("trained classes", "other classes", "untrained, others"),
        BOTH.stream()
            .map(
                arm ->
                    new Series(
                        arm,
                        IntStream.range(0, numbers.size())
                            .mapToObj(i -> new Series.Point(i, data.mean(arm, numbers.get(i))))
                            .toList()))
            .toList());
  }

  private static Plot boxes(StudyData data, int side) {
    List<Series> series = new ArrayList<>();
    for (String arm : BOTH) {
      series.add(overlaps(arm, percent -> data.mean(arm, r -> Transfer.localized(r, percent))));
    }
    series.add(
        overlaps("box in the middle", percent -> Canvas.guessed(side, false, percent / 100.0)));
    series.add(
        overlaps("box at a random place", percent -> Canvas.guessed(side, true, percent / 100.0)));
    return Plot.curves(
        "Boxes from maps of classes",
        "intersection over union, at least (%)",
        "canvases (%)",
        series);
  }

  private static Series overlaps(String name, IntToDoubleFunction share) {
    return new Series(
        name,
        IntStream.rangeClosed(1, 9)
            .mapToObj(i -> new Series.Point(10 * i, share.applyAsDouble(10 * i)))
            .toList());
  }

  private static Plot curves(StudyData data) {
    return Plot.curves(
        "Training on half of the classes",
        "step",
        "error on new images (%)",
        BOTH.stream().map(a -> data.curve(a, a, e -> 100 - 100 * e.evaluated().top1())).toList());
  }

  private static Grid figures(StudyData data, int side) {
    List<List<String>> rows = new ArrayList<>();
    for (String arm : BOTH) {
      rows.add(
          List.of(
              arm,
              each(data, arm, Transfer::readout),
              each(data, arm, Transfer::untrained),
              each(data, arm, TransferStudy::right),
              each(data, arm, r -> 100 * Transfer.share(r))));
    }
    rows.add(guess("box in the middle", Canvas.guessed(side, false, RIGHT / 100.0)));
    rows.add(guess("box at a random place", Canvas.guessed(side, true, RIGHT / 100.0)));
    return new Grid(
        "Each seed",
        List.of(
            "features",
            "other classes",
            "other classes, random weights",
            "right boxes",
            "share of the largest value"),
        rows);
  }

  private static List<String> guess(String name, double right) {
    return List.of(name, "", "", StudyData.percent(right), "");
  }

  private static String each(StudyData data, String arm, ToDoubleFunction<TrainedRun> number) {
    return String.join(
        ", ",
        data.runs(arm).stream()
            .mapToDouble(number)
            .mapToObj(n -> Double.isNaN(n) ? "none" : Decimals.format("%.2f %%", n))
            .toList());
  }
}
