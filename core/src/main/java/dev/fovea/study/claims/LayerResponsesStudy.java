package dev.fovea.study.claims;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.program.Backend;
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
import dev.fovea.study.TrainingObserver;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.RunConfig;
import dev.fovea.train.Trainer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Standard deviations of layer responses in plain and residual networks. */
final class LayerResponsesStudy implements Study {
  private static final List<String> PLAIN = List.of("plain20", "plain56");
  private static final List<String> RESIDUAL = List.of("resnet20", "resnet56");
  private static final String DEEPEST = "resnet110";

  /** Indices of an observer's series. */
  private static final int MEASURED = 0;

  private static final int BY_NORMS = 1;

  /** Ample, since a layer has thousands of values per image. */
  private static final int IMAGES = 128;

  @Override
  public String name() {
    return "responses";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Layer responses",
        "Residual functions are closer to zero than the functions of plain layers: the responses of"
            + " residual networks have smaller standard deviations, and the deeper the network, the"
            + " less a single layer changes the signal.",
        "He et al. 2015, arXiv 1512.03385, section 4.2 and Figure 7");
  }

  @Override
  public List<String> setup(Scale scale) {
    return List.of(
        scale == Scale.FULL
            ? "The paper's five networks, recipe and 64,000 steps; the 110-layer network starts at"
                + " a tenth of the learning rate, as in the paper."
            : "The paper's networks of 20 and 56 layers, trained for minutes; its 110-layer network"
                + " is trained at full scale only. "
                + StudyConfigs.REDUCED,
        "A response is the output of a 3x3 convolution after batch norm, before the nonlinearity or"
            + " the addition. Its standard deviation is over all channels, positions and "
            + IMAGES
            + " validation images, with the weights of the last step.",
        "Batch norm uses running averages, as in testing. With the statistics of the batch, the"
            + " standard deviation depends only on the scales and shifts of the layer: the root of"
            + " mean(scale²) + variance(shift), which the table also shows. The two differ to the"
            + " extent that the averages lag behind the weights, which accumulates from layer to"
            + " layer.",
        "All scales start at 1, so every layer starts at a standard deviation of 1: the results"
            + " show how far training has moved them. A short run moves them little.");
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atMost(
            "residual-smaller-20",
            0.95,
            "times",
            "the mean over the layers is smaller in resnet20 than in plain20",
            "Figure 7: curves, no number"),
        Criterion.atMost(
            "residual-smaller-56",
            0.95,
            "times",
            "the mean over the layers is smaller in resnet56 than in plain56",
            "Figure 7: curves, no number"),
        Criterion.atMost(
            "deeper-smaller",
            0.95,
            "times",
            "the mean over the layers is smaller in the deepest residual network than in resnet20",
            "Figure 7: curves, no number; 0.62 times from 20 to 56 layers by the scales and shifts"
                + " of public networks trained at full length"),
        Criterion.atLeast(
            "ranked-below",
            75,
            "% of the ranks",
            "sorted by size, the responses of resnet56 lie below those of plain56",
            "Figure 7, lower half: curves, no number"));
  }

  @Override
  public List<Arm> arms(Scale scale) {
    List<Arm> arms = new ArrayList<>();
    for (List<String> networks : List.of(PLAIN, RESIDUAL)) {
      for (String n : networks) {
        RunConfig config = StudyConfigs.reduced(StudyConfigs.cifar(n, scale), scale);
        arms.add(Arm.of(n, config).watchedBy(Layers::of));
      }
    }
    if (scale == Scale.FULL) {
      arms.add(Arm.of(DEEPEST, StudyConfigs.cifarWarm(DEEPEST, scale)).watchedBy(Layers::of));
    }
    return arms;
  }

  @Override
  public Conclusion conclude(StudyData data) {
    List<String> names = new ArrayList<>(PLAIN);
    names.addAll(RESIDUAL);
    if (data.setting().scale() == Scale.FULL) {
      names.add(DEEPEST);
    }
    String deepest = names.get(names.size() - 1);
    double resnet20 = data.mean("resnet20", LayerResponsesStudy::mean);
    return new Conclusion(
        Map.of(
            "residual-smaller-20", resnet20 / data.mean("plain20", LayerResponsesStudy::mean),
            "residual-smaller-56",
                data.mean("resnet56", LayerResponsesStudy::mean)
                    / data.mean("plain56", LayerResponsesStudy::mean),
            "deeper-smaller", data.mean(deepest, LayerResponsesStudy::mean) / resnet20,
            "ranked-below", below(layers(data, "resnet56"), layers(data, "plain56"))),
        List.of(
            Plot.curves(
                "Responses in the order of the layers",
                "layer",
                "standard deviation",
                names.stream().map(n -> series(n, layers(data, n))).toList()),
            Plot.curves(
                "Responses sorted by size",
                "rank",
                "standard deviation",
                names.stream().map(n -> series(n, sorted(layers(data, n)))).toList())),
        List.of(sizes(data, names), data.table("All runs", names)),
        List.of(data.seedNote(names)));
  }

  /** Returns the mean over the layers of a run; NaN if the run did not complete. */
  private static double mean(TrainedRun run) {
    return mean(run, MEASURED);
  }

  private static double mean(TrainedRun run, int series) {
    return run.observed().stream()
        .skip(series)
        .limit(1)
        .flatMap(s -> s.points().stream())
        .mapToDouble(Series.Point::y)
        .average()
        .orElse(Double.NaN);
  }

  /** Returns the mean per layer over the completed runs. */
  private static List<Double> layers(StudyData data, String arm) {
    List<Series> seen =
        data.runs(arm).stream().flatMap(r -> r.observed().stream().limit(1)).toList();
    int count = seen.stream().mapToInt(s -> s.points().size()).max().orElse(0);
    return IntStream.range(0, count)
        .mapToObj(i -> seen.stream().mapToDouble(s -> s.points().get(i).y()).average().orElse(0))
        .toList();
  }

  private static List<Double> sorted(List<Double> values) {
    return values.stream().sorted(Comparator.reverseOrder()).toList();
  }

  private static Series series(String name, List<Double> values) {
    return new Series(
        name,
        IntStream.range(0, values.size())
            .mapToObj(i -> new Series.Point(i + 1, values.get(i)))
            .toList());
  }

  /** Returns the percentage of ranks at which {@code one} is smaller; NaN if either is empty. */
  private static double below(List<Double> one, List<Double> other) {
    int ranks = Math.min(one.size(), other.size());
    List<Double> a = sorted(one);
    List<Double> b = sorted(other);
    return ranks == 0
        ? Double.NaN
        : 100.0 * IntStream.range(0, ranks).filter(i -> a.get(i) < b.get(i)).count() / ranks;
  }

  private static Grid sizes(StudyData data, List<String> names) {
    return new Grid(
        "Standard deviations",
        List.of(
            "network",
            "3x3 layers",
            "mean",
            "each seed",
            "smallest",
            "largest",
            "mean by scales and shifts"),
        names.stream().map(n -> row(data, n)).toList());
  }

  private static List<String> row(StudyData data, String name) {
    List<Double> all = sorted(layers(data, name));
    return List.of(
        name,
        Integer.toString(all.size()),
        number(data.mean(name, LayerResponsesStudy::mean)),
        String.join(", ", data.runs(name).stream().map(r -> number(mean(r))).toList()),
        all.isEmpty() ? "none" : number(all.get(all.size() - 1)),
        all.isEmpty() ? "none" : number(all.get(0)),
        number(data.mean(name, r -> mean(r, BY_NORMS))));
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "none" : Decimals.format("%.3f", value);
  }

  /** Measures all layers of a network once, at the end. */
  static final class Layers {
    private Layers() {}

    static TrainingObserver of(Trainer trainer, Backend backend) {
      return new FinalMeasurement(() -> measured(trainer, backend));
    }

    private static List<Series> measured(Trainer trainer, Backend backend) {
      List<Series.Point> found = new ArrayList<>();
      List<Series.Point> byNorms = new ArrayList<>();
      int images = Math.min(IMAGES, trainer.validationData().size());
      for (Node n : trainer.graph().nodes()) {
        if (isResponse(n)) {
          try (Activations values = new Activations(trainer, backend, n.name(), images)) {
            found.add(new Series.Point(found.size() + 1, deviation(values.now())));
          }
          float[] scales = read(trainer, n, Role.NORM_SCALE);
          float[] shifts = read(trainer, n, Role.NORM_SHIFT);
          byNorms.add(new Series.Point(found.size(), deviation(scales, shifts)));
        }
      }
      return found.isEmpty()
          ? List.of()
          : List.of(new Series("responses", found), new Series("by scales and shifts", byNorms));
    }

    private static boolean isResponse(Node node) {
      return node.op() instanceof Op.BatchNorm
          && node.inputs().get(0).op() instanceof Op.Conv2d conv
          && conv.window().kernelH() == 3
          && conv.window().kernelW() == 3;
    }

    private static float[] read(Trainer trainer, Node norm, Role role) {
      return trainer.weights().read(norm.param(role).orElseThrow().name());
    }

    /** Returns the standard deviation of a batch norm's output when it uses batch statistics. */
    static double deviation(float[] scales, float[] shifts) {
      double squares = 0;
      for (float s : scales) {
        squares += (double) s * s;
      }
      double shift = deviation(shifts);
      return Math.sqrt(squares / scales.length + shift * shift);
    }

    /** Returns the standard deviation of all values, in two passes. */
    static double deviation(float[] values) {
      double sum = 0;
      for (float v : values) {
        sum += v;
      }
      double mean = sum / values.length;
      double squares = 0;
      for (float v : values) {
        squares += (v - mean) * (v - mean);
      }
      return Math.sqrt(squares / values.length);
    }
  }
}
