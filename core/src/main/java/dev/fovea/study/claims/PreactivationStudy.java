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

/** The position of batch norm and ReLU in a residual unit. */
final class PreactivationStudy implements Study {
  private static final String ORIGINAL = "original";
  private static final String BN_AFTER = "BN after addition";
  private static final String RELU_BEFORE = "ReLU before addition";
  private static final String RELU_ONLY = "ReLU-only pre-activation";
  private static final String FULL = "full pre-activation";

  /** An order of Figure 4, with its errors from Table 2 in percent. */
  private record Order(String arm, String option, String error110, String error164) {}

  private static final List<Order> ORDERS =
      List.of(
          new Order(ORIGINAL, "original", "6.61", "5.93"),
          new Order(BN_AFTER, "bn_after", "8.17", "6.50"),
          new Order(RELU_BEFORE, "relu_before", "7.84", "6.14"),
          new Order(RELU_ONLY, "relu_only", "6.71", "5.91"),
          new Order(FULL, "full", "6.37", "5.46"));

  private static final String TRAINING_LOSS =
      "The training loss is the mean over the batches of the last epoch, as measured while training"
          + " on them with the batches' own statistics, as in the paper; at full scale the images"
          + " are varied by crops and mirrors.";

  private static final String BOTTLENECK = ", 164 layers";

  /** Quick arms whose images are shown unvaried, so that they fit them closely within minutes. */
  private static final String UNVARIED = ", images unvaried";

  @Override
  public String name() {
    return "preactivation";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Pre-activation",
        "With batch norm and ReLU before each convolution, and nothing after the addition, a deep"
            + " residual network is easier to train and more accurate than with any other order of"
            + " the same operations; it also regularizes: at the end its training loss is higher"
            + " and its test error lower.",
        "He et al. 2016, arXiv 1603.05027, section 4, Figures 4 and 6, Tables 2 and 3");
  }

  @Override
  public List<String> setup(Scale scale) {
    return scale == Scale.FULL
        ? List.of(
            "The paper's networks of 110 and 164 layers (bottlenecks), 64,000 steps and the median"
                + " of five seeds. The criteria apply to 110 layers.",
            TRAINING_LOSS)
        : List.of(
            "The five orders in networks of 32 layers, 15 units in place of the paper's 54, trained"
                + " for minutes. "
                + StudyConfigs.QUICK_BATCHES,
            "The paper's differences of 0.1 to 1.6 points are between fully trained networks. A"
                + " short run measures how fast each order learns instead; differences may be"
                + " larger and have the opposite sign.",
            "The paper compares training losses at convergence, which crops and mirror images keep"
                + " out of reach for minutes. Two more arms, the original order and full"
                + " pre-activation, therefore see every image as it is; they fit their few images"
                + " closely and overfit. The two criteria on regularization apply to them.",
            TRAINING_LOSS);
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "full-is-best",
            0,
            "points",
            "full pre-activation is at least as accurate as the best of the other orders",
            "6.61 % to 6.37 % error: 0.24 points; 164 layers: 0.45 points"),
        Criterion.atLeast(
            "bn-after-hurts",
            0.5,
            "points",
            "batch norm after the addition is less accurate than the original order",
            "6.61 % to 8.17 % error: 1.56 points; 164 layers: 0.57 points"),
        Criterion.atLeast(
            "relu-before-hurts",
            0.5,
            "points",
            "ReLU before the addition is less accurate than the original order",
            "6.61 % to 7.84 % error: 1.23 points; 164 layers: 0.21 points"),
        Criterion.atMost(
            "relu-only-as-original",
            2,
            "points apart",
            "moving only ReLU to the front makes little difference",
            "6.61 % to 6.71 % error: 0.10 points; 164 layers: 0.02 points"),
        Criterion.atLeast(
            "higher-training-loss",
            1.02,
            "times",
            "full pre-activation ends with a higher training loss than the original order",
            "slightly higher at convergence (Figure 6, right); no number"),
        Criterion.atLeast(
            "lower-error-all-the-same",
            0.2,
            "points",
            "and is more accurate on new images",
            "5.93 % to 5.46 % error, 164 layers (Table 3): 0.47 points"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 1 : 5;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    List<Arm> arms = new ArrayList<>();
    int depth = scale == Scale.FULL ? 110 : 32;
    for (Order o : ORDERS) {
      arms.add(arm(o.arm, depth, o, scale));
    }
    if (scale == Scale.FULL) {
      for (Order o : ORDERS) {
        arms.add(arm(o.arm + BOTTLENECK, 164, o, scale));
      }
    } else {
      for (Order o : ORDERS) {
        if (o.arm.equals(ORIGINAL) || o.arm.equals(FULL)) {
          Arm varied = arm(o.arm + UNVARIED, depth, o, scale);
          arms.add(varied.with(varied.config().withAugment()));
        }
      }
    }
    return arms;
  }

  /** Returns the arm by which regularization is judged. */
  private static String fitted(String order, boolean full) {
    return full ? order : order + UNVARIED;
  }

  private static Arm arm(String name, int depth, Order order, Scale scale) {
    String model = "preact_resnet" + depth + "(order=" + order.option + ")";
    return Arm.of(name, StudyConfigs.cifarWarm(model, scale));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    boolean full = data.setting().scale() == Scale.FULL;
    List<String> names = ORDERS.stream().map(Order::arm).toList();
    List<String> bottlenecks = names.stream().map(n -> n + BOTTLENECK).toList();
    List<String> all = new ArrayList<>(names);
    List<Plot> plots = new ArrayList<>(curves(data, "", names));
    if (full) {
      all.addAll(bottlenecks);
      plots.addAll(curves(data, BOTTLENECK, bottlenecks));
    }
    String before = fitted(ORIGINAL, full);
    String after = fitted(FULL, full);
    plots.addAll(fit(data, List.of(before, after)));
    if (!full) {
      all.addAll(List.of(before, after));
    }
    double others =
        names.stream()
            .filter(n -> !n.equals(FULL))
            .mapToDouble(n -> median(data, n))
            .max()
            .orElseThrow();
    double original = median(data, ORIGINAL);
    return new Conclusion(
        Map.of(
            "full-is-best", data.difference(median(data, FULL), others),
            "bn-after-hurts", data.difference(original, median(data, BN_AFTER)),
            "relu-before-hurts", data.difference(original, median(data, RELU_BEFORE)),
            "relu-only-as-original", Math.abs(data.difference(original, median(data, RELU_ONLY))),
            "higher-training-loss", trainingLoss(data, after) / trainingLoss(data, before),
            "lower-error-all-the-same", data.difference(median(data, after), median(data, before))),
        plots,
        List.of(
            table2(data, full),
            regularization(data, List.of(before, after)),
            data.table("All runs", all)),
        List.of(data.seedNote(all), data.learnedNote()));
  }

  private static double median(StudyData data, String arm) {
    return data.medianRun(arm).accuracy();
  }

  /** Returns the mean training loss of the last epoch; NaN if a run diverged. */
  private static double trainingLoss(StudyData data, String arm) {
    return data.mean(
        arm,
        r ->
            r.diverged() || r.epochs().isEmpty()
                ? Double.NaN
                : r.epochs().get(r.epochs().size() - 1).train().loss());
  }

  private static List<Plot> fit(StudyData data, List<String> arms) {
    return List.of(
        Plot.curves(
            "Regularization: training loss",
            "step",
            "loss",
            arms.stream().map(a -> data.curve(a, a, e -> e.train().loss())).toList()),
        data.errors("Regularization: error on new images", arms));
  }

  private static Grid regularization(StudyData data, List<String> arms) {
    return new Grid(
        "Regularization: fit and error at the end",
        List.of("order", "training loss", "training error", "error on new images"),
        arms.stream()
            .map(
                a ->
                    List.of(
                        a,
                        Decimals.format("%.4f", trainingLoss(data, a)),
                        StudyData.percent(100 - data.mean(a, TrainedRun::trainingAccuracy)),
                        StudyData.percent(100 - median(data, a))))
            .toList());
  }

  private static List<Plot> curves(StudyData data, String which, List<String> arms) {
    return List.of(
        Plot.curves(
            "Training images" + which,
            "step",
            "error (%)",
            arms.stream().map(a -> data.curve(a, a, e -> 100 - 100 * e.train().top1())).toList()),
        data.errors("New images" + which, arms));
  }

  private static Grid table2(StudyData data, boolean full) {
    List<String> columns =
        new ArrayList<>(List.of("order", "paper, 110 layers", "paper, 164 layers"));
    columns.add(full ? "here, 110 layers" : "here, 32 layers");
    if (full) {
      columns.add("here, 164 layers");
    }
    List<List<String>> rows = new ArrayList<>();
    for (Order o : ORDERS) {
      List<String> row = new ArrayList<>(List.of(o.arm, o.error110 + " %", o.error164 + " %"));
      row.add(StudyData.percent(100 - median(data, o.arm)));
      if (full) {
        row.add(StudyData.percent(100 - median(data, o.arm + BOTTLENECK)));
      }
      rows.add(row);
    }
    return new Grid("Table 2: error on new images", columns, rows);
  }
}
