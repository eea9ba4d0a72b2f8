package dev.fovea.study.claims;

import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Scale;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The choice of shortcut in residual units, and the effect of operations on the shortcut. */
final class ShortcutsStudy implements Study {
  private static final List<String> OPTIONS = List.of("A", "B", "C");
  private static final String PLAIN = "no shortcut";
  private static final String IDENTITY = "identity, 110 layers";
  private static final String HALVED = "both halved";
  private static final String GATED = "shortcut gated, bias 0";
  private static final String DROPPED = "dropout on the shortcut";

  /**
   * A row of Table 1 of "Identity Mappings".
   *
   * @param options of the network that select it
   * @param quick whether a quick study includes it
   * @param error of 110 layers in the paper, in percent; {@code fail} means above 20
   */
  private record Row(String arm, String options, boolean quick, String error) {
    String model(int depth) {
      String all = options.isEmpty() ? "order=original" : "order=original," + options;
      return "preact_resnet" + depth + "(" + all + ")";
    }
  }

  private static final List<Row> TABLE_1 =
      List.of(
          new Row(PLAIN, "skip_scale=0", true, "fail"),
          new Row("shortcut halved", "skip_scale=0.5", false, "fail"),
          new Row(HALVED, "skip_scale=0.5,residual_scale=0.5", true, "12.35"),
          new Row("exclusive gates, bias 0", "skip=gate,gate_bias=0", false, "fail"),
          new Row("exclusive gates, bias -6", "skip=gate,gate_bias=-6", false, "8.70"),
          new Row("exclusive gates, bias -7", "skip=gate,gate_bias=-7", false, "9.81"),
          new Row(GATED, "skip=shortcut_gate,gate_bias=0", true, "12.86"),
          new Row("shortcut gated, bias -6", "skip=shortcut_gate,gate_bias=-6", false, "6.91"),
          new Row("1x1 convolution", "shortcut=C", false, "12.22"),
          new Row(DROPPED, "skip=dropout", true, "fail"));

  /** About as deep as the paper's ImageNet network for options A, B, C: 15 units instead of 16. */
  private static final int SHALLOW = 32;

  private static final int DEEP = 110;

  @Override
  public String name() {
    return "shortcuts";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Identity shortcuts",
        "The presence of a shortcut matters, not whether it has parameters where shapes change"
            + " (options A, B, C). And it should be an identity: scaling, gating, dropout or"
            + " convolution on the shortcut makes training harder.",
        "He et al. 2015, arXiv 1512.03385, section 4.1 and Table 3; He et al. 2016, arXiv"
            + " 1603.05027, section 3 and Table 1");
  }

  @Override
  public List<String> setup(Scale scale) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "The first paper compares options A, B and C on ImageNet with 34 layers; here the CIFAR"
            + " network of 32 layers is used, with 15 units instead of 16, on the given images. A"
            + " pads new channels with zeros, B uses 1x1 convolutions where shapes change, C uses"
            + " them in every unit.");
    notes.add(
        "All arms use the same network, with ReLU after the addition; only the shortcut changes. No"
            + " shortcut is the constant 0 of Table 1: a plain network.");
    notes.add(
        scale == Scale.FULL
            ? "Table 1 is run with 110 layers, 64,000 steps and the median of five seeds, as in the"
                + " paper."
            : "Table 1 is cut to four of its ten changes, and from 110 layers to 32: the loss in"
                + " each unit accumulates over 15 units instead of 54, so effects are smaller."
                + " Its label 'fail', an error above 20 %, does not apply to runs of minutes. "
                + StudyConfigs.QUICK_BATCHES);
    return notes;
  }

  @Override
  public List<Criterion> criteria() {
    String table3 = "Table 3, ImageNet, top-1 error: ";
    return List.of(
        Criterion.atMost(
            "options-close",
            0.5,
            "times",
            "the best and the worst of the options A, B and C differ by less than what having any"
                + " of them gains",
            table3 + "25.03 % (A), 24.52 % (B), 24.19 % (C), 28.54 % (none): 0.21 times"),
        Criterion.atLeast(
            "shortcut-helps",
            1,
            "points",
            "option A is more accurate than the network without shortcuts",
            table3 + "28.54 % to 25.03 %: 3.51 points"),
        Criterion.atLeast(
            "halving-hurts",
            1,
            "points",
            "the identity is more accurate than halving shortcut and branch",
            "12.35 % to 6.61 % error: 5.74 points"),
        Criterion.atLeast(
            "gating-hurts",
            1,
            "points",
            "the identity is more accurate than gates on the shortcut that start half open",
            "12.86 % to 6.61 % error: 6.25 points"),
        Criterion.atLeast(
            "dropout-hurts",
            2,
            "points",
            "the identity is more accurate than dropout of 0.5 on the shortcut",
            "above 20 % to 6.61 % error: more than 13 points"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 1 : 5;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    List<Arm> arms = new ArrayList<>();
    for (String option : OPTIONS) {
      arms.add(arm(option, new Row(option, "shortcut=" + option, true, "").model(SHALLOW), scale));
    }
    if (scale == Scale.QUICK) {
      TABLE_1.stream().filter(Row::quick).forEach(r -> arms.add(arm(r, SHALLOW, scale)));
      return arms;
    }
    arms.add(arm(TABLE_1.get(0), SHALLOW, scale));
    arms.add(arm(IDENTITY, "preact_resnet" + DEEP + "(order=original)", scale));
    TABLE_1.forEach(r -> arms.add(arm(r, DEEP, scale)));
    return arms;
  }

  private static Arm arm(Row row, int depth, Scale scale) {
    return arm(named(row.arm, depth), row.model(depth), scale);
  }

  private static Arm arm(String name, String model, Scale scale) {
    return Arm.of(name, StudyConfigs.cifarWarm(model, scale));
  }

  private static String named(String row, int depth) {
    return depth == DEEP ? row + ", " + DEEP + " layers" : row;
  }

  @Override
  public Conclusion conclude(StudyData data) {
    boolean full = data.setting().scale() == Scale.FULL;
    int depth = full ? DEEP : SHALLOW;
    String identity = full ? IDENTITY : "A";
    double reference = median(data, identity);
    List<Row> rows = TABLE_1.stream().filter(full ? r -> true : Row::quick).toList();
    List<String> first = new ArrayList<>(OPTIONS);
    first.add(PLAIN);
    List<String> second = new ArrayList<>(List.of(identity));
    rows.forEach(r -> second.add(named(r.arm, depth)));
    List<String> all = new ArrayList<>(first);
    second.stream().filter(Predicate.not(first::contains)).forEach(all::add);
    return new Conclusion(
        Map.of(
            "options-close", spread(data),
            "shortcut-helps", median(data, "A") - median(data, PLAIN),
            "halving-hurts", reference - median(data, named(HALVED, depth)),
            "gating-hurts", reference - median(data, named(GATED, depth)),
            "dropout-hurts", reference - median(data, named(DROPPED, depth))),
        List.of(
            data.errors("Options A, B, C and none, new images", first),
            data.errors(
                "Operations on the shortcut, new images",
                second.subList(0, Math.min(second.size(), 8)))),
        List.of(table1(data, rows, identity, depth), data.table("All runs", all)),
        List.of(data.seedNote(all)));
  }

  /**
   * Returns the spread between the best and the worst option, relative to their mean gain over the
   * plain network; NaN if there is no gain.
   */
  private static double spread(StudyData data) {
    DoubleSummaryStatistics options =
        OPTIONS.stream().mapToDouble(o -> median(data, o)).summaryStatistics();
    double gained = options.getAverage() - median(data, PLAIN);
    return gained > 0 ? (options.getMax() - options.getMin()) / gained : Double.NaN;
  }

  private static double median(StudyData data, String arm) {
    return data.medianRun(arm).accuracy();
  }

  private static Grid table1(StudyData data, List<Row> rows, String identity, int depth) {
    double reference = 100 - median(data, identity);
    List<List<String>> cells = new ArrayList<>();
    cells.add(List.of("identity", "6.61 %", StudyData.percent(reference), ""));
    for (Row row : rows) {
      double error = 100 - median(data, named(row.arm, depth));
      cells.add(
          List.of(
              row.arm,
              row.error.equals("fail") ? "above 20 %" : row.error + " %",
              StudyData.percent(error),
              Decimals.format("%+.2f points", error - reference)));
    }
    return new Grid(
        "Table 1 of the second paper, and here with " + depth + " layers",
        List.of("shortcut", "error in the paper, 110 layers", "error here", "against the identity"),
        cells);
  }
}
