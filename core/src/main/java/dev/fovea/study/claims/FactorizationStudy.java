package dev.fovea.study.claims;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.study.Arm;
import dev.fovea.study.Claim;
import dev.fovea.study.Conclusion;
import dev.fovea.study.Criterion;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Question;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Large convolution windows factorized into small ones: arithmetic, time, accuracy, and
 * orientation; and, beside the claim, what is left of it with fast convolutions.
 */
final class FactorizationStudy implements Study {
  private static final String WHOLE = "5x5 and 7x7";
  private static final String FIVE = "3x3 twice and 7x7";
  private static final String BOTH = "3x3 twice and 1x7, 7x1";
  private static final String EARLY = "1x5, 5x1 and 7x7";
  private static final List<String> ALL = List.of(WHOLE, FIVE, BOTH, EARLY);

  private static final String FIVE_BY_FIVE = "5x5 as two 3x3";
  private static final String SEVEN_BY_SEVEN = "7x7 as 1x7 and 7x1";

  private static final int LINES_CHANNELS = 32;

  /** Addresses this far apart map to the same set of an L1 cache of 64 sets with 64-byte lines. */
  private static final int SAME_SET_BYTES = 4096;

  private static final List<Integer> SIDES = List.of(8, 16, 17, 32, 35, 56, 64, 72, 112, 128);

  /** A convolution window and its factorized form, on one grid. */
  record Layer(String name, int channels, int side, List<Window> before, List<Window> after) {

    /** Returns the multiply-adds of the factorized form relative to the whole window. */
    double arithmetic() {
      return cells(after) / cells(before);
    }

    private static double cells(List<Window> windows) {
      return windows.stream().mapToInt(w -> w.kernelH() * w.kernelW()).sum();
    }

    /** Returns billions of multiply-adds per image. */
    double billions(List<Window> windows) {
      return cells(windows) * channels * channels * side * side / 1e9;
    }
  }

  /** A layer and the times of both forms. */
  record Timed(Layer layer, Stopwatch.Times before, Stopwatch.Times after) {

    double part(ToDoubleFunction<Stopwatch.Times> what) {
      return what.applyAsDouble(after) / what.applyAsDouble(before);
    }
  }

  private static final List<Window> THREES = List.of(around(3, 3), around(3, 3));
  private static final List<Window> CROSS = List.of(around(1, 7), around(7, 1));

  private static final List<Layer> LAYERS =
      List.of(
          new Layer(FIVE_BY_FIVE, 64, 35, List.of(around(5, 5)), THREES),
          new Layer(FIVE_BY_FIVE, 16, 32, List.of(around(5, 5)), THREES),
          new Layer(SEVEN_BY_SEVEN, 128, 17, List.of(around(7, 7)), CROSS),
          new Layer(SEVEN_BY_SEVEN, 16, 16, List.of(around(7, 7)), CROSS),
          new Layer(
              "3x3 as 1x3 and 3x1",
              384,
              8,
              List.of(around(3, 3)),
              List.of(around(1, 3), around(3, 1))));

  private static Window around(int height, int width) {
    return Window.of(height, width).pad(height / 2, width / 2);
  }

  @Override
  public String name() {
    return "factorize";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Factorized convolutions",
        "Two 3x3 convolutions replace a 5x5, and a 1xn with an nx1 replaces an nxn on grids of 12"
            + " to 20 cells, with much less arithmetic and no loss of accuracy on new images; on"
            + " early layers the latter does not work. The note adds that columns read memory"
            + " across rows and may miss the cache, and that factorized windows can represent"
            + " less.",
        "Szegedy et al. 2015, arXiv 1512.00567, section 3 with Figures 1, 3, 5 and 6; the note on"
            + " it");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        "A small Inception-v3 for 32x32 images in four forms of the same width: with 5x5 and 7x7,"
            + " with two 3x3 for each 5x5, with 1x7 and 7x1 for each 7x7 as well, and with 1x5 and"
            + " 5x1 for each 5x5 alone. The 5x5 operate on 32x32 grids in the first modules after"
            + " the stem, the 7x7 on 16x16, within the paper's range for 1x7 and 7x1 (12 to 20).",
        scale == Scale.FULL
            ? "Half the released network's width and the paper's training: RMSProp, 100 epochs."
            : "An eighth of the released network's width; a one-cycle learning rate schedule.",
        "Times are those of chains of equal convolutions with ReLU between a 1x1 convolution and a"
            + " pool, whose own time is subtracted; the forms run alternately, and medians are"
            + " reported. Two of the layers have the size they have in Inception-v3, two that of"
            + " the small network.",
        "The criteria are about the direct algorithm, as in the paper: a 5x5 takes"
            + " 25 multiplications per output and pair of channels, two 3x3 take 18. Winograd's"
            + " algorithm saves others: F(m,r) computes m outputs of r cells with m + r - 1"
            + " multiplications in each direction, so F(2x2,5x5) takes 9 for a 5x5 and F(4x4,3x3)"
            + " 4.5 for two 3x3. The same layers are therefore also measured with the setting auto,"
            + " with which the engine may choose that algorithm for any convolution; the"
            + " multiplications shown are those of what it says it ran, without transforms and"
            + " without tiles beyond the edge of the grid.",
        "The engine stores activations in channel blocks: the channels of a block contiguously,"
            + " then the cells of a row, then the rows, then the next block. The seven cells under"
            + " a 1x7 are contiguous; those under a 7x1 are a row apart. If the row size is a"
            + " multiple of 4096 bytes, the cells of a column map to the same few sets of the L1"
            + " cache. What columns cost is the median over all grids of the time of a 7x1 as a"
            + " multiple of that of a 1x7, in inference; what such row sizes add is the median over"
            + " these grids relative to that over the others.",
        "What a network can represent is judged by how well it fits its training images, with equal"
            + " channels in both forms. Factorized forms have fewer weights but one more ReLU per"
            + " window, which may outweigh that.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atMost(
            "time-5x5",
            0.85,
            "times the time",
            "two 3x3 in place of a 5x5 (64 channels, 35x35 cells) are faster",
            "18/25 = 0.72 times the arithmetic; time is not given"),
        Criterion.atMost(
            "time-7x7",
            0.5,
            "times the time",
            "a 1x7 and a 7x1 in place of a 7x7 (128 channels, 17x17 cells) are faster",
            "2/7 = 0.29 times the arithmetic; time is not given"),
        Criterion.atLeast(
            "network-speed",
            1.2,
            "times the images/s",
            "the network with both factorized trains faster than with neither",
            "not given"),
        Criterion.atLeast(
            "accuracy-3x3",
            -0.5,
            "points",
            "two 3x3 for each 5x5 cost no accuracy",
            "no loss; no number"),
        Criterion.atLeast(
            "accuracy-1x7",
            -1,
            "points",
            "1x7 and 7x1 for each 7x7 cost no further accuracy",
            "very good results on grids of 12 to 20 cells; no number"),
        Criterion.atLeast(
            "early-1x5",
            1,
            "points",
            "on the early 32x32 grid, a 5x5 is more accurate than a 1x5 and a 5x1",
            "does not work well on early layers; no number"),
        Criterion.atLeast(
            "column-time",
            1.1,
            "times the time",
            "a 7x1 takes longer than a 1x7",
            "the note: it reads across rows; no number"),
        Criterion.atLeast(
            "cache-sets",
            1.1,
            "times as much",
            "the more so where rows are a multiple of 4096 bytes apart",
            "the note: it may miss the cache; no number"),
        Criterion.atLeast(
            "training-fit",
            1,
            "points",
            "the network with neither factorized fits its training images better than with both",
            "the note: factorization weakens what a convolution can represent; no number"));
  }

  @Override
  public List<Question> secondaryQuestions() {
    return List.of(FastConvolutions.QUESTION);
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 2 : 3;
  }

  @Override
  public ConvolutionAlgorithm convolution(ConvolutionAlgorithm chosen) {
    // The papers count multiplications of the direct algorithm.
    return ConvolutionAlgorithm.DIRECT;
  }

  @Override
  public double ownShare() {
    return 0.17;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return List.of(
        Arm.of(WHOLE, StudyConfigs.smallInception(scale, "five=5x5,seven=7x7")),
        Arm.of(FIVE, StudyConfigs.smallInception(scale, "five=3x3,seven=7x7")),
        Arm.of(BOTH, StudyConfigs.smallInception(scale, "five=3x3,seven=1x7")),
        Arm.of(EARLY, StudyConfigs.smallInception(scale, "five=1x5,seven=7x7")));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    Stopwatch stopwatch = new Stopwatch(data.backend(), data.setting());
    List<FastConvolutions.Layer> layers = new ArrayList<>();
    for (Layer l : LAYERS) {
      List<Timed> both =
          timed(
              data, stopwatch, l, List.of(ConvolutionAlgorithm.DIRECT, ConvolutionAlgorithm.AUTO));
      layers.add(new FastConvolutions.Layer(both.get(0), both.get(1)));
    }
    List<Timed> lines = new ArrayList<>();
    for (int side : SIDES) {
      Layer line =
          new Layer(
              "1x7 and 7x1", LINES_CHANNELS, side, List.of(around(1, 7)), List.of(around(7, 1)));
      lines.addAll(timed(data, stopwatch, line, List.of(ConvolutionAlgorithm.DIRECT)));
    }
    return conclude(data, layers, lines);
  }

  /** Measures both forms of a layer with each of the algorithms, all in turn. */
  private static List<Timed> timed(
      StudyData data, Stopwatch stopwatch, Layer l, List<ConvolutionAlgorithm> algorithms) {
    data.measuring(
        Decimals.format(
            "%s, %d channels, %dx%d cells", l.name(), l.channels(), l.side(), l.side()));
    List<Stopwatch.Chain> chains = new ArrayList<>();
    for (ConvolutionAlgorithm algorithm : algorithms) {
      chains.add(new Stopwatch.Chain(l.before(), algorithm));
      chains.add(new Stopwatch.Chain(l.after(), algorithm));
    }
    List<Stopwatch.Times> times = stopwatch.of(l.channels(), l.side(), chains);
    return IntStream.range(0, algorithms.size())
        .mapToObj(i -> new Timed(l, times.get(2 * i), times.get(2 * i + 1)))
        .toList();
  }

  /**
   * Draws the conclusion from measured times.
   *
   * @param layers the first one of each name decides, with its direct times
   * @param lines 1x7 as the form before, 7x1 as the form after, computed directly
   */
  Conclusion conclude(StudyData data, List<FastConvolutions.Layer> layers, List<Timed> lines) {
    List<Timed> direct = layers.stream().map(FastConvolutions.Layer::direct).toList();
    Map<String, Double> measured = new LinkedHashMap<>();
    measured.put("time-5x5", part(direct, FIVE_BY_FIVE));
    measured.put("time-7x7", part(direct, SEVEN_BY_SEVEN));
    measured.put("network-speed", data.speed(BOTH) / data.speed(WHOLE));
    measured.put("accuracy-3x3", data.gain(FIVE, WHOLE));
    measured.put("accuracy-1x7", data.gain(BOTH, FIVE));
    measured.put("early-1x5", data.gain(WHOLE, EARLY));
    measured.put("column-time", columnTime(lines, l -> true));
    measured.put(
        "cache-sets",
        columnTime(lines, FactorizationStudy::sameSet) / columnTime(lines, l -> !sameSet(l)));
    measured.put("training-fit", data.trainingGain(WHOLE, BOTH));
    List<Plot> plots = new ArrayList<>(FastConvolutions.plots(layers));
    plots.add(0, bars(direct));
    plots.add(rates(lines));
    plots.add(data.accuracies(ALL));
    List<Grid> grids = new ArrayList<>(List.of(times(direct)));
    grids.addAll(FastConvolutions.grids(layers));
    grids.addAll(List.of(lines(lines), networks(data), data.table("All runs", ALL)));
    return new Conclusion(
        measured,
        plots,
        grids,
        List.of(
            data.seedNote(ALL),
            data.learnedNote(),
            "The plot of rows against columns counts the multiply-adds of the forward pass;"
                + " training performs three times as many."),
        List.of(FastConvolutions.answer(layers)));
  }

  private static double part(List<Timed> layers, String name) {
    return layers.stream()
        .filter(t -> t.layer().name().equals(name))
        .mapToDouble(t -> t.part(Stopwatch.Times::inference))
        .findFirst()
        .orElse(Double.NaN);
  }

  /** Whether the cells of a column lie in the same set of the L1 cache. */
  private static boolean sameSet(Timed line) {
    return rowBytes(line) % SAME_SET_BYTES == 0;
  }

  private static int rowBytes(Timed line) {
    return line.layer().side() * line.before().cellBytes();
  }

  /**
   * Returns the median over some grids of the time of a 7x1 relative to a 1x7; NaN if there are
   * none.
   */
  private static double columnTime(List<Timed> lines, Predicate<Timed> some) {
    double[] ratios =
        lines.stream()
            .filter(some)
            .mapToDouble(l -> l.part(Stopwatch.Times::inference))
            .sorted()
            .toArray();
    int half = ratios.length / 2;
    if (ratios.length == 0) {
      return Double.NaN;
    }
    return ratios.length % 2 == 1 ? ratios[half] : (ratios[half - 1] + ratios[half]) / 2;
  }

  static String label(Layer l) {
    return l.name() + ", " + l.channels() + " ch, " + l.side() + "x" + l.side();
  }

  // There is little room for labels beside bars.
  static String shortLabel(Layer l) {
    return l.name().split(" ", 2)[0] + ", " + l.channels() + " ch, " + l.side() + "x" + l.side();
  }

  private static Plot bars(List<Timed> layers) {
    return Plot.bars(
        "Factorized relative to whole window, direct",
        "times",
        layers.stream().map(t -> shortLabel(t.layer())).toList(),
        List.of(
            series("multiply-adds", layers, t -> t.layer().arithmetic()),
            series("time, inference", layers, t -> t.part(Stopwatch.Times::inference)),
            series("time, training", layers, t -> t.part(Stopwatch.Times::training))));
  }

  private static Series series(String name, List<Timed> all, ToDoubleFunction<Timed> height) {
    return new Series(
        name,
        IntStream.range(0, all.size())
            .mapToObj(i -> new Series.Point(i, height.applyAsDouble(all.get(i))))
            .toList());
  }

  private static Plot rates(List<Timed> lines) {
    List<Series> curves =
        List.of(
            over(lines, "1x7, inference", t -> rate(t, true, false)),
            over(lines, "7x1, inference", t -> rate(t, false, false)),
            over(lines, "1x7, training", t -> rate(t, true, true)),
            over(lines, "7x1, training", t -> rate(t, false, true)));
    return new Plot(
        "Rows against columns, " + LINES_CHANNELS + " channels",
        "side of the grid (cells)",
        "billion multiply-adds/s",
        Plot.Kind.CURVES,
        true,
        curves,
        List.of());
  }

  private static double rate(Timed t, boolean row, boolean training) {
    Layer l = t.layer();
    Stopwatch.Times times = row ? t.before() : t.after();
    return l.billions(row ? l.before() : l.after())
        / (training ? times.training() : times.inference());
  }

  private static Series over(List<Timed> lines, String name, ToDoubleFunction<Timed> y) {
    return new Series(
        name,
        lines.stream().map(t -> new Series.Point(t.layer().side(), y.applyAsDouble(t))).toList());
  }

  private static Grid times(List<Timed> layers) {
    return new Grid(
        "Time of single layers, computed directly, per image",
        List.of(
            "layer",
            "multiply-adds",
            "inference, whole",
            "factorized",
            "times",
            "training, whole",
            "factorized",
            "times",
            "engine implementation"),
        layers.stream()
            .map(
                t ->
                    List.of(
                        label(t.layer()),
                        ratio(t.layer().arithmetic()),
                        micros(t.before().inference()),
                        micros(t.after().inference()),
                        ratio(t.part(Stopwatch.Times::inference)),
                        micros(t.before().training()),
                        micros(t.after().training()),
                        ratio(t.part(Stopwatch.Times::training)),
                        t.before().inferred().text() + " to " + t.after().inferred().text()))
            .toList());
  }

  private static Grid lines(List<Timed> lines) {
    String order = lines.isEmpty() ? "" : lines.get(0).before().order();
    return new Grid(
        "Rows (1x7) against columns (7x1), activations in the layout " + order,
        List.of(
            "grid",
            "bytes from row to row",
            "a block's plane (KiB)",
            "1x7, inference",
            "7x1",
            "7x1 / 1x7",
            "1x7, training",
            "7x1",
            "7x1 / 1x7"),
        lines.stream()
            .map(
                t ->
                    List.of(
                        t.layer().side() + "x" + t.layer().side(),
                        Integer.toString(rowBytes(t)),
                        Decimals.format(
                            "%.0f",
                            t.layer().side() * t.layer().side() * t.before().cellBytes() / 1024.0),
                        micros(t.before().inference()),
                        micros(t.after().inference()),
                        ratio(t.part(Stopwatch.Times::inference)),
                        micros(t.before().training()),
                        micros(t.after().training()),
                        ratio(t.part(Stopwatch.Times::training))))
            .toList());
  }

  static String micros(double seconds) {
    return Decimals.format("%,.1f µs", 1e6 * seconds);
  }

  static String ratio(double value) {
    return Decimals.format("%.2f", value);
  }

  private static Grid networks(StudyData data) {
    return new Grid(
        "The networks",
        List.of("windows", "multiply-adds (M)", "parameters", "images/s in training", "accuracy"),
        ALL.stream()
            .map(
                a -> {
                  Cost cost = Cost.of(Models.graph(data.config(a).network().model()));
                  return List.of(
                      a,
                      Decimals.format("%.1f", cost.multiplyAdds() / 1e6),
                      Decimals.format("%,d", cost.parameters()),
                      Decimals.format("%,.0f", data.speed(a)),
                      StudyData.percent(data.accuracy(a)));
                })
            .toList());
  }
}
