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
import dev.fovea.study.Question;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.Study;
import dev.fovea.study.StudyData;
import dev.fovea.study.TrainedRun;
import dev.fovea.study.claims.FallingReturns.Step;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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

  private static final int FOUR = 4;

  // Further views of each step.
  private static final double SINGLE_TO_TEN = 9;
  private static final double TEN_TO_LARGEST = 134;

  /**
   * The fraction of a quick study's time for evaluation, and the fraction of that which is planned.
   */
  private static final double SHARE = 0.3;

  private static final double PLANNED = 0.7;

  /** The fraction of it for the models with one view each, on more images. */
  private static final double PLANNED_ALONE = 0.1;

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
            + " differ only by chance, lowers the error; both together lower it most. The returns"
            + " fall: each further model or crop gains less than those before.",
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
    notes.add(
        "Returns fall if one step gains less than the step before by more than chance: by "
            + FallingReturns.CERTAIN
            + " standard errors of the difference over the images. Steps are measured on the same"
            + " images; those of the models with one view on more images than the others, because"
            + " one view is cheap. The seeds' own chance is averaged over all choices of models,"
            + " not measured.");
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
            "7.89 % (144 crops) to 6.67 % (top-5): 15.5 % of the error"),
        Criterion.atLeast(
            "falling-models",
            FallingReturns.CERTAIN,
            "standard errors",
            "doubling the models from 2 to 4 gains less than from 1 to 2",
            "not given; independent errors of equal variance would gain half"),
        Criterion.atLeast(
            "falling-views",
            FallingReturns.CERTAIN,
            "standard errors",
            "each further view from 10 to 144 gains less than each from 1 to 10",
            "0.102 points for each of 9 further views, then 0.009 for each of 134 (top-5)"),
        Criterion.atLeast(
            "falling-together",
            FallingReturns.CERTAIN,
            "standard errors",
            "all models in place of one gain less with 144 crops than with one",
            "1.98 points with one crop, 1.22 with 144 (top-5)"));
  }

  @Override
  public List<Question> secondaryQuestions() {
    return List.of(
        new Question(
            "Do the returns of views also fall per doubling of their number?",
            "The gain per doubling from 10 to 144 views against that from 1 to 10; yes or no if"
                + " they differ by "
                + FallingReturns.CERTAIN
                + " standard errors, otherwise undecided. In the paper they do not: 0.28 points per"
                + " doubling, then 0.33 (top-5)."));
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
      if (models.isEmpty()) {
        return nothing(List.of(data.table("All models", List.of(ARM))));
      }
      Sizes sizes = sizes(data, models.get(0), models.size());
      List<Votes> answers = new ArrayList<>();
      try (Dataset set = open(data, sizes.all)) {
        for (Views p : PROTOCOLS) {
          data.measuring("views: " + p.protocol + ", on " + set.size() + " images");
          answers.add(answers(models, p, set));
        }
      }
      Votes alone = of(answers, SINGLE);
      if (sizes.alone > sizes.all) {
        try (Dataset set = open(data, sizes.alone)) {
          data.measuring("one view, on " + set.size() + " images");
          alone = answers(models, PROTOCOLS.get(0), set);
        }
      }
      return conclude(answers, alone, List.of(data.table("All models", List.of(ARM))));
    } finally {
      models.forEach(CompiledModel::close);
    }
  }

  private static CompileOptions options(RunConfig config) {
    return config.engine().inferring(config.learning().batch());
  }

  /**
   * Fractions of the images, equally many per class.
   *
   * @param all for all protocols
   * @param alone for one view only
   */
  private record Sizes(double all, double alone) {}

  /** Returns how many of the validation images the time allows. */
  private static Sizes sizes(StudyData data, CompiledModel model, int models) {
    if (data.setting().scale() == Scale.FULL) {
      return new Sizes(1, 1);
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
    double time = data.setting().time().toSeconds() * SHARE;
    double fit = PLANNED * time / (ALL * models * seconds);
    double alone = PLANNED_ALONE * time / (models * seconds / LARGEST.count);
    return new Sizes(
        used * Math.min(1, Math.max(PILOT, fit) / all), Math.min(1, used * alone / all));
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

  private Conclusion nothing(List<Grid> more) {
    Map<String, Double> none = new HashMap<>();
    criteria().forEach(c -> none.put(c.name(), Double.NaN));
    return new Conclusion(
        none,
        List.of(),
        more,
        List.of("All runs diverged, so there was nothing to evaluate."),
        List.of("Undecided."));
  }

  /**
   * Draws the conclusion from the votes.
   *
   * @param answers by views, on the same images
   * @param alone one view only, on as many images or more
   */
  static Conclusion conclude(List<Votes> answers, Votes alone, List<Grid> more) {
    Votes single = of(answers, SINGLE);
    Votes ten = of(answers, TEN);
    Votes largest = of(answers, LARGEST.protocol);
    int models = single.models();
    double base = single.error(1);
    double crops = largest.error(1);
    double ensemble = single.error(models);
    double both = largest.error(models);
    FallingReturns doubled = doubled(alone);
    FallingReturns views = views(single, ten, largest, SINGLE_TO_TEN, TEN_TO_LARGEST);
    FallingReturns together = together(single, largest);
    FallingReturns perDoubling =
        views(single, ten, largest, doublings(SINGLE_TO_TEN, 1), doublings(TEN_TO_LARGEST, 10));
    List<Grid> grids =
        new ArrayList<>(
            List.of(
                errors("Error (%) by views and models", answers, false),
                errors("Top-5 error (%)", answers, true),
                returns(List.of(doubled, views, perDoubling, together), alone.images()),
                paper()));
    grids.addAll(more);
    return new Conclusion(
        Map.of(
            "ten-crops", reduction(base, ten.error(1)),
            "144-crops", reduction(base, crops),
            "ensemble", reduction(base, ensemble),
            "both", reduction(base, both),
            "both-against-each", reduction(Math.min(crops, ensemble), both),
            "falling-models", doubled.standardErrors(),
            "falling-views", views.standardErrors(),
            "falling-together", together.standardErrors()),
        List.of(byModels(answers), byViews(answers)),
        grids,
        List.of(chance(single.images(), base)),
        List.of(answer(perDoubling)));
  }

  private static FallingReturns doubled(Votes alone) {
    return alone.models() < FOUR
        ? FallingReturns.NONE
        : FallingReturns.of(
            new Step(alone.wrong(1), alone.wrong(2), 1),
            new Step(alone.wrong(2), alone.wrong(FOUR), 1));
  }

  private static FallingReturns views(
      Votes single, Votes ten, Votes largest, double first, double second) {
    return FallingReturns.of(
        new Step(single.wrong(1), ten.wrong(1), first),
        new Step(ten.wrong(1), largest.wrong(1), second));
  }

  private static double doublings(double further, double before) {
    return Math.log((before + further) / before) / Math.log(2);
  }

  private static FallingReturns together(Votes single, Votes largest) {
    int models = single.models();
    return FallingReturns.of(
        new Step(single.wrong(1), single.wrong(models), 1),
        new Step(largest.wrong(1), largest.wrong(models), 1));
  }

  private static String answer(FallingReturns r) {
    String gains =
        String.format(
            Locale.ROOT,
            "%.2f points per doubling from 1 to 10 views, %.2f from 10 to 144",
            r.first(),
            r.second());
    if (r.standardErrors() >= FallingReturns.CERTAIN) {
      return "Yes: " + gains + ".";
    }
    return (r.standardErrors() <= -FallingReturns.CERTAIN ? "No: " : "Undecided: ") + gains + ".";
  }

  private static Grid returns(List<FallingReturns> all, int images) {
    List<String> names =
        List.of(
            "doubling the models, 1 to 2 and 2 to 4, one view, " + images + " images",
            "each further view, 1 to 10 and 10 to 144, one model",
            "each doubling of the views, 1 to 10 and 10 to 144, one model",
            "all models in place of one, with one view and with 144");
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      FallingReturns r = all.get(i);
      rows.add(
          List.of(
              names.get(i),
              String.format(Locale.ROOT, "%.3f", r.first()),
              String.format(Locale.ROOT, "%.3f", r.second()),
              String.format(Locale.ROOT, "%.1f", r.standardErrors())));
    }
    return new Grid(
        "Returns of two steps, in points of the error",
        List.of("steps", "first", "second", "fall, in standard errors"),
        rows);
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
