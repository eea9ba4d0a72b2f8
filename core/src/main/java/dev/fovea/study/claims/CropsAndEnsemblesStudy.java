package dev.fovea.study.claims;

import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Ensemble;
import dev.fovea.eval.Protocol;
import dev.fovea.eval.Protocols;
import dev.fovea.eval.Softmax;
import dev.fovea.program.CompileOptions;
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
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** The gain from averaging over several views of an image and over several models. */
final class CropsAndEnsemblesStudy implements Study {
  private static final String ARM = "model";

  private static final Views LARGEST = new Views("144", 144);

  /** From the fewest views to the most. */
  private static final List<Views> PROTOCOLS =
      List.of(new Views("1", 1), new Views("flip", 2), new Views("10", 10), LARGEST);

  private static final String SINGLE = "1";
  private static final String TEN = "10";

  /**
   * The fraction of a quick study's time for evaluation, and the fraction of that which is planned.
   */
  private static final double SHARE = 0.3;

  private static final double PLANNED = 0.7;

  /** Images used to time the largest protocol. */
  private static final int PILOT = 40;

  /** All protocols together cost less than this multiple of the largest. */
  private static final double ALL = 1.3;

  /** An evaluation protocol and its number of views per image. */
  private record Views(String protocol, int count) {}

  @Override
  public String name() {
    return "crops-and-ensembles";
  }

  @Override
  public Claim claim() {
    return new Claim(
        "Crops and ensembles",
        "Averaging softmax probabilities over many crops of an image, and over several models that"
            + " differ only by chance, lowers the error; both together lower it most.",
        "Szegedy et al. 2014, arXiv 1409.4842, section 7 and Table 3");
  }

  @Override
  public List<String> setup(Scale scale) {
    List<String> notes = new ArrayList<>();
    notes.add(
        scale == Scale.FULL
            ? "Seven GoogLeNets, as in the paper, with the recipe googlenet-paper. The paper gives"
                + " neither batch size nor initial learning rate nor weight decay; the recipe uses"
                + " those of Caffe's bvlc_googlenet. One of the paper's seven networks was wider;"
                + " here all are equal."
            : "Four ResNet-20 in place of seven GoogLeNets, trained for minutes on crops of 8 to"
                + " 100 % of the area, like the paper's networks, so that training covers the crops"
                + " used in evaluation.");
    notes.add(
        "The paper's models had identical initial weights and differed in the order and the crops"
            + " of their images; here the seed changes all three.");
    notes.add(
        "Crop sizes are the paper's, scaled by the network's input size over 224: 256 becomes 37"
            + " for a 32-pixel input. For a square image the three squares of the 144 crops"
            + " coincide, so 48 views are distinct.");
    notes.add(
        "The error of 2 models is the mean over all pairs of trained models, and so on. All numbers"
            + " are measured on the same images. The paper reports top-5 errors on a thousand"
            + " classes; the criteria use the top-1 error and relative reductions, so that both"
            + " can be compared. Limits are a third of the paper's effect.");
    return notes;
  }

  @Override
  public List<Criterion> criteria() {
    return List.of(
        Criterion.atLeast(
            "ten-crops",
            3,
            "% of the error",
            "10 crops in place of 1 reduce the error of one model",
            "10.07 % to 9.15 % (top-5): 9.1 % of the error"),
        Criterion.atLeast(
            "144-crops",
            7,
            "% of the error",
            "144 crops in place of 1 reduce the error of one model",
            "10.07 % to 7.89 % (top-5): 21.6 % of the error"),
        Criterion.atLeast(
            "ensemble",
            6,
            "% of the error",
            "all models in place of one reduce the error with one crop",
            "10.07 % to 8.09 % (top-5, 7 models): 19.7 % of the error"),
        Criterion.atLeast(
            "both",
            11,
            "% of the error",
            "all models with 144 crops reduce the error of one model with one crop",
            "10.07 % to 6.67 % (top-5, 7 models): 33.8 % of the error"),
        Criterion.atLeast(
            "both-against-each",
            5,
            "% of the error",
            "both together reduce the error of the better of the two alone",
            "7.89 % (144 crops) to 6.67 % (top-5): 15.5 % of the error"));
  }

  @Override
  public int seeds(Scale scale) {
    return scale == Scale.QUICK ? 4 : 7;
  }

  @Override
  public double ownShare() {
    return SHARE;
  }

  @Override
  public List<Arm> arms(Scale scale) {
    return List.of(
        Arm.of(
            ARM,
            scale == Scale.FULL
                ? RunConfig.named("googlenet-paper")
                : StudyConfigs.oneCycle("resnet20", 0.3).withAugment("resized-crop", "flip")));
  }

  @Override
  public Conclusion conclude(StudyData data) {
    List<TrainedRun> runs = data.runs(ARM).stream().filter(r -> !r.diverged()).toList();
    List<CompiledModel> models = new ArrayList<>();
    try {
      for (TrainedRun run : runs) {
        models.add(CompiledModel.open(data.model(run), data.backend(), options(data.config(ARM))));
      }
      List<Votes> answers = new ArrayList<>();
      if (!models.isEmpty()) {
        try (Dataset set = images(data, models.get(0), models.size())) {
          for (Views p : PROTOCOLS) {
            data.measuring("views: " + p.protocol + ", on " + set.size() + " images");
            answers.add(answers(models, p, set));
          }
        }
      }
      return conclude(answers, List.of(data.table("All models", List.of(ARM))));
    } finally {
      models.forEach(CompiledModel::close);
    }
  }

  private static CompileOptions options(RunConfig config) {
    return config.engine().inferring(config.learning().batch());
  }

  /** Opens as many of the runs' validation images as the time allows, equally many per class. */
  private static Dataset images(StudyData data, CompiledModel model, int models) {
    if (data.setting().scale() == Scale.FULL) {
      return data.validation(ARM);
    }
    double used = data.config(ARM).data().fraction();
    int all;
    try (Dataset whole = data.validation(ARM)) {
      all = whole.size();
    }
    data.measuring("the time of 144 crops");
    double seconds;
    try (Dataset pilot = open(data, used * Math.min(1, (double) PILOT / all))) {
      long start = System.nanoTime();
      answers(List.of(model), LARGEST, pilot);
      seconds = (System.nanoTime() - start) / 1e9 / pilot.size();
    }
    double time = data.setting().time().toSeconds() * SHARE * PLANNED;
    double fit = time / (ALL * models * seconds);
    return open(data, used * Math.min(1, Math.max(PILOT, fit) / all));
  }

  private static Dataset open(StudyData data, double fraction) {
    RunConfig c = data.config(ARM);
    return RunData.open(c.with(c.data().withFraction(Math.min(1, fraction))), Split.VAL);
  }

  private static Votes answers(List<CompiledModel> models, Views views, Dataset set) {
    Protocol protocol = Protocols.named(views.protocol).orElseThrow();
    List<Integer> labels = new ArrayList<>();
    List<List<double[]>> probabilities = new ArrayList<>();
    for (CompiledModel model : models) {
      List<double[]> one = new ArrayList<>();
      labels.clear();
      try (Ensemble alone = Ensemble.of(List.of(model), protocol)) {
        alone.evaluate(
            set,
            LoaderOptions.STANDARD,
            (item, label, log) -> {
              labels.add(label);
              one.add(Softmax.exp(log));
            },
            () -> false);
      }
      probabilities.add(one);
    }
    return Votes.of(views.protocol, views.count, labels, probabilities);
  }

  /** Draws the conclusion from the votes. */
  static Conclusion conclude(List<Votes> answers, List<Grid> more) {
    if (answers.isEmpty()) {
      return new Conclusion(
          Map.of(
              "ten-crops", Double.NaN,
              "144-crops", Double.NaN,
              "ensemble", Double.NaN,
              "both", Double.NaN,
              "both-against-each", Double.NaN),
          List.of(),
          more,
          List.of("All runs diverged, so there was nothing to evaluate."));
    }
    int models = answers.get(0).models();
    double base = of(answers, SINGLE).error(1);
    double crops = of(answers, LARGEST.protocol).error(1);
    double ensemble = of(answers, SINGLE).error(models);
    double both = of(answers, LARGEST.protocol).error(models);
    List<Grid> grids =
        new ArrayList<>(
            List.of(
                errors("Error (%) by views and models", answers, false),
                errors("Top-5 error (%)", answers, true),
                paper()));
    grids.addAll(more);
    return new Conclusion(
        Map.of(
            "ten-crops", reduction(base, of(answers, TEN).error(1)),
            "144-crops", reduction(base, crops),
            "ensemble", reduction(base, ensemble),
            "both", reduction(base, both),
            "both-against-each", reduction(Math.min(crops, ensemble), both)),
        List.of(byModels(answers), byViews(answers)),
        grids,
        List.of(chance(answers.get(0).images(), base)));
  }

  private static Votes of(List<Votes> answers, String protocol) {
    return answers.stream().filter(a -> a.protocol().equals(protocol)).findFirst().orElseThrow();
  }

  /** Returns the relative reduction of an error in percent; NaN if there was no error. */
  private static double reduction(double before, double after) {
    return before == 0 ? Double.NaN : 100 * (before - after) / before;
  }

  private static String chance(int images, double error) {
    double p = error / 100;
    return String.format(
        Locale.ROOT,
        "On %,d images an error of %.1f %% has a standard error of %.2f points; that of"
            + " differences is smaller, because all numbers are measured on the same images.",
        images,
        error,
        100 * Math.sqrt(p * (1 - p) / images));
  }

  private static Plot byModels(List<Votes> answers) {
    return Plot.curves(
        "Error by the number of models",
        "models",
        "error (%)",
        answers.stream()
            .map(
                a ->
                    new Series(
                        views(a),
                        IntStream.rangeClosed(1, a.models())
                            .mapToObj(n -> new Series.Point(n, a.error(n)))
                            .toList()))
            .toList());
  }

  private static Plot byViews(List<Votes> answers) {
    List<Series> series = new ArrayList<>();
    for (int n : new int[] {1, answers.get(0).models()}) {
      series.add(
          new Series(
              n == 1 ? "1 model" : n + " models",
              answers.stream()
                  .sorted(Comparator.comparingInt(Votes::views))
                  .map(a -> new Series.Point(a.views(), a.error(n)))
                  .toList()));
    }
    return new Plot(
        "Error by the number of views",
        "views of an image",
        "error (%)",
        Plot.Kind.CURVES,
        true,
        series,
        List.of());
  }

  private static String views(Votes a) {
    return a.views() == 1 ? "1 view" : a.views() + " views";
  }

  private static Grid errors(String title, List<Votes> answers, boolean five) {
    int models = answers.get(0).models();
    List<String> columns = new ArrayList<>(List.of("views"));
    for (int n = 1; n <= models; n++) {
      columns.add(n == 1 ? "1 model" : n + " models");
    }
    List<List<String>> rows = new ArrayList<>();
    for (Votes a : answers) {
      List<String> row = new ArrayList<>(List.of(views(a)));
      for (int n = 1; n <= models; n++) {
        row.add(String.format(Locale.ROOT, "%.2f", five ? a.topFiveError(n) : a.error(n)));
      }
      rows.add(row);
    }
    return new Grid(title, columns, rows);
  }

  private static Grid paper() {
    return new Grid(
        "The paper's Table 3: top-5 error (%) on ImageNet",
        List.of("views", "1 model", "7 models"),
        List.of(
            List.of("1 view", "10.07", "8.09"),
            List.of("10 views", "9.15", "7.62"),
            List.of("144 views", "7.89", "6.67")));
  }
}
