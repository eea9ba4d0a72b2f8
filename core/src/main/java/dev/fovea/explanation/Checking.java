package dev.fovea.explanation;

import dev.fovea.program.ProgramException;
import dev.fovea.tensor.Rng;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Computes {@link ExplanationCheck}s of one image. */
public final class Checking {
  private final ExplainedModels models;
  private final ExplanationMethod method;
  private final CheckOptions options;
  private final Work work;

  private Checking(
      ExplainedModels models,
      ExplanationMethod method,
      CheckOptions options,
      ExplanationListener listener) {
    this.models = models;
    this.method = method;
    this.options = options;
    long curves = 2L * (1 + options.randomOrders()) * (options.steps() + 1);
    long members = models.members().size();
    long first = models.evaluations(method, 1);
    // Maps of random weights need no prediction.
    long more = options.stages() * (first - members);
    this.work = new Work(listener, curves * members + first + more);
  }

  /**
   * Explains an image and checks the result; fails as {@link ExplainedModels#explain} does.
   *
   * @param listener gets the explanation when it is there
   */
  public static ExplanationCheck of(
      ExplainedModels models,
      Subject subject,
      Question question,
      CheckOptions options,
      ExplanationListener listener) {
    Targets.check(question.target(), models.classes());
    Checking checking = new Checking(models, question.method(), options, listener);
    ExplainedModels.Prepared image = models.prepare(subject);
    Explanation explanation =
        models.explain(List.of(image), question.method(), question.target(), checking.work).get(0);
    listener.explained(explanation);
    return new ExplanationCheck(
        explanation,
        checking.comparison(image, explanation, false),
        checking.comparison(image, explanation, true),
        checking.randomization(image, explanation));
  }

  /** What is asked of an image. */
  public record Question(ExplanationMethod method, ExplanationTarget target) {}

  private ExplanationCheck.Comparison comparison(
      ExplainedModels.Prepared image, Explanation explanation, boolean inserts) {
    ExplanationCheck.Curve own = curve(image, explanation.target(), explanation.map(), inserts);
    List<ExplanationCheck.Curve> random = new ArrayList<>();
    for (int i = 0; i < options.randomOrders(); i++) {
      random.add(curve(image, explanation.target(), randomMap(i), inserts));
    }
    return new ExplanationCheck.Comparison(own, random);
  }

  private HeatMap randomMap(int number) {
    Shape in = models.inputShape();
    int height = in.dim(1);
    int width = in.dim(2);
    if (method instanceof ExplanationMethod.Occlusion occlusion) {
      Squares squares = new Squares(occlusion, height, width);
      height = squares.down();
      width = squares.across();
    } else if (method.readsLayer()) {
      Shape layer = models.layerShape();
      height = layer.dim(1);
      width = layer.dim(2);
    }
    Rng random = Rng.of(options.seed(), 1, number);
    float[] values = new float[height * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
    return new HeatMap(height, width, values).resized(in.dim(1), in.dim(2));
  }

  private ExplanationCheck.Curve curve(
      ExplainedModels.Prepared image, ExplanationTarget target, HeatMap map, boolean inserts) {
    int points = options.steps() + 1;
    List<float[][]> logits = new ArrayList<>();
    for (int m = 0; m < models.members().size(); m++) {
      SeenArea area = image.areas().get(m);
      int[] order =
          PixelOrder.of(EnsembleMap.moved(map, image.areas().get(0), area), options.seed());
      float[] whole = image.inputs().get(m);
      float[] from = inserts ? Blur.of(whole, area.inputHeight(), area.inputWidth()) : whole;
      float[] to = inserts ? whole : new float[whole.length];
      Changing changing = new Changing(from.clone(), to, order, options.steps());
      logits.add(models.networks().get(m).logits(points, changing::at, work));
    }
    List<Double> shares = new ArrayList<>();
    List<Double> probabilities = new ArrayList<>();
    for (int i = 0; i < points; i++) {
      int point = i;
      shares.add((double) i / options.steps());
      double[] log = ExplainedModels.logProbabilities(logits.stream().map(l -> l[point]).toList());
      double probability = Targets.probability(target, log);
      if (!Double.isFinite(probability)) {
        throw new ProgramException(
            image.subject().name()
                + ": the network gives no finite numbers for the image with changed pixels, so the"
                + " explanation cannot be checked; check the weights of the model");
      }
      probabilities.add(probability);
    }
    return new ExplanationCheck.Curve(shares, probabilities);
  }

  /** An image whose pixels change one after the other; asked for its states in order. */
  private static final class Changing {
    private final float[] now;
    private final float[] to;
    private final int[] order;
    private final int steps;
    private int changed;

    Changing(float[] now, float[] to, int[] order, int steps) {
      this.now = now;
      this.to = to;
      this.order = order;
      this.steps = steps;
    }

    float[] at(int step) {
      int until = Math.toIntExact(Math.round((double) step * order.length / steps));
      for (; changed < until; changed++) {
        for (int i = order[changed]; i < now.length; i += order.length) {
          now[i] = to[i];
        }
      }
      return now;
    }
  }

  private List<ExplanationCheck.Stage> randomization(
      ExplainedModels.Prepared image, Explanation explanation) {
    List<RandomizedNetwork> networks = models.randomized();
    networks.forEach(RandomizedNetwork::restore);
    List<ExplanationCheck.Stage> stages = new ArrayList<>();
    for (int stage = 0; stage < options.stages(); stage++) {
      for (RandomizedNetwork r : networks) {
        r.randomize(layersAt(stage, r.layers()), options.seed());
      }
      stages.add(stage(explanation.map(), map(networks, image, explanation), networks.get(0)));
    }
    return stages;
  }

  // The last layer alone first, then even steps to all of them.
  private int layersAt(int stage, int layers) {
    if (options.stages() == 1) {
      return layers;
    }
    return 1 + (int) Math.round((double) stage * (layers - 1) / (options.stages() - 1));
  }

  private Optional<HeatMap> map(
      List<RandomizedNetwork> networks, ExplainedModels.Prepared image, Explanation explanation) {
    List<ScoredNetwork> scored = networks.stream().map(RandomizedNetwork::network).toList();
    try {
      List<List<MemberMap>> maps =
          models.maps(scored, List.of(image), method, List.of(explanation.target()), work);
      return Optional.of(
          EnsembleMap.mean(maps.stream().map(m -> m.get(0)).toList(), image.areas()).map());
    } catch (NotFinite e) {
      return Optional.empty();
    }
  }

  private static ExplanationCheck.Stage stage(
      HeatMap own, Optional<HeatMap> other, RandomizedNetwork network) {
    if (other.isEmpty()) {
      OptionalDouble none = OptionalDouble.empty();
      return new ExplanationCheck.Stage(
          network.firstRandom(), network.random(), network.layers(), none, none, none);
    }
    float[] a = own.values();
    float[] b = other.get().values();
    return new ExplanationCheck.Stage(
        network.firstRandom(),
        network.random(),
        network.layers(),
        MapSimilarity.rankCorrelation(a, b),
        MapSimilarity.rankCorrelation(MapSimilarity.absolute(a), MapSimilarity.absolute(b)),
        MapSimilarity.structural(own, other.get()));
  }
}
