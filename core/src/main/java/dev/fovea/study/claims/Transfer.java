package dev.fovea.study.claims;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.ClassSelection;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.EvenSubset;
import dev.fovea.data.source.Split;
import dev.fovea.eval.Features;
import dev.fovea.explanation.ExplanationListener;
import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.HeatMap;
import dev.fovea.explanation.Localization;
import dev.fovea.explanation.LocalizedImage;
import dev.fovea.explanation.MapMethods;
import dev.fovea.explanation.MemberMap;
import dev.fovea.explanation.ScoredNetwork;
import dev.fovea.explanation.Turns;
import dev.fovea.explanation.Work;
import dev.fovea.graph.Graph;
import dev.fovea.logistic.FeatureSet;
import dev.fovea.logistic.LogisticRegression;
import dev.fovea.logistic.Stopping;
import dev.fovea.models.Models;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.study.Series;
import dev.fovea.study.TrainedRun;
import dev.fovea.study.TrainingObserver;
import dev.fovea.tensor.Shape;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import dev.fovea.train.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Measures what a network's features are worth beyond its own classes: a linear classifier of other
 * classes before and after training, and boxes made from maps of its own classes after it.
 */
final class Transfer implements TrainingObserver {
  private static final int BATCH = 100;

  /** Images that a readout is fitted to, and that it is tested on, at most. */
  private static final int READ = 5000;

  /** Of the weights for normalized features. */
  private static final double DECAY = 1e-4;

  /** Canvases of training images, to choose the share of the largest value; and of new images. */
  private static final int CHOOSING = 500;

  private static final int CANVASES = 2000;

  private static final int FEWEST_CLASSES = 4;

  // Indices of the observed series.
  private static final int READOUT = 0;
  private static final int LOCALIZED = 1;
  private static final int SHARE = 2;

  private final Trainer trainer;
  private final Backend backend;
  private final List<Series.Point> readout = new ArrayList<>();
  private List<Series> localized = List.of();
  private long steps;

  Transfer(Trainer trainer, Backend backend) {
    this.trainer = trainer;
    this.backend = backend;
  }

  /** Returns every other class, beginning with the first: those that networks are trained on. */
  static List<String> trained(List<String> classes) {
    if (classes.size() < FEWEST_CLASSES) {
      throw new DataException(
          "the study of transfer trains on half of the classes and reads out the other half, so it"
              + " needs at least "
              + FEWEST_CLASSES
              + "; the data has "
              + classes.size());
    }
    return every(classes, 0);
  }

  /** Returns the other classes. */
  static List<String> others(List<String> classes) {
    return every(classes, 1);
  }

  private static List<String> every(List<String> classes, int from) {
    return IntStream.range(0, classes.size())
        .filter(i -> i % 2 == from)
        .mapToObj(classes::get)
        .toList();
  }

  @Override
  public void look(long step) {
    steps = step;
    if (step == 0) {
      readout.add(new Series.Point(0, readOut()));
    }
  }

  @Override
  public void atEnd() {
    readout.add(new Series.Point(steps, readOut()));
    localized = localize();
  }

  @Override
  public List<Series> seen() {
    List<Series> all = new ArrayList<>(List.of(new Series("readout", readout)));
    all.addAll(localized);
    return all;
  }

  @Override
  public void close() {
    // Holds no resources between observations.
  }

  /** Returns the accuracy of the linear classifier in percent; NaN if training diverged. */
  static double readout(TrainedRun run) {
    List<Series.Point> points = points(run, READOUT);
    return points.size() < 2 ? Double.NaN : points.get(1).y();
  }

  /** Returns that of the network's features before training; NaN if it was not measured. */
  static double untrained(TrainedRun run) {
    List<Series.Point> points = points(run, READOUT);
    return points.isEmpty() ? Double.NaN : points.get(0).y();
  }

  /**
   * Returns the share of canvases whose box overlaps the image by {@code percent} of their union,
   * in percent; NaN if training diverged.
   *
   * @param percent 10, 20, ... or 90
   */
  static double localized(TrainedRun run, int percent) {
    List<Series.Point> points = points(run, LOCALIZED);
    return points.isEmpty() ? Double.NaN : points.get(percent / 10 - 1).y();
  }

  /** Returns the share of a map's largest value that bounds its boxes; NaN if training diverged. */
  static double share(TrainedRun run) {
    List<Series.Point> points = points(run, SHARE);
    return points.isEmpty() ? Double.NaN : points.get(0).y();
  }

  private static List<Series.Point> points(TrainedRun run, int which) {
    return run.observed().size() <= which ? List.of() : run.observed().get(which).points();
  }

  /** The features of some images. */
  private record Known(FeatureSet features, int classes) {}

  private double readOut() {
    Graph body = Features.of(trainer.graph()).body();
    CompileOptions options = trainer.config().engine().inferring(BATCH);
    try (InferenceProgram program =
        Compilation.inference(body, trainer.weights(), backend, options)) {
      RunConfig config = trainer.config();
      Known known = features(body, program, config, Split.TRAIN);
      Known asked = features(body, program, whole(config), Split.VAL);
      LogisticRegression regression =
          new LogisticRegression(known.features, known.classes, config.engine().threads());
      LogisticRegression.Fit fit = regression.fit(DECAY, Stopping.atMinimum(() -> false));
      return 100 * regression.classifier(fit).accuracy(asked.features);
    }
  }

  private static RunConfig whole(RunConfig config) {
    return config.with(config.data().withFraction(1));
  }

  private Known features(Graph body, InferenceProgram program, RunConfig config, Split split) {
    Shape in = body.inputShape();
    BatchFormat format =
        new BatchFormat(BATCH, in.dim(0), in.dim(1), in.dim(2), program.inputType());
    int width = Math.toIntExact(body.logits().shape().elements());
    List<float[]> rows = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    try (Dataset others = others(RunData.open(config, split));
        Loader loader =
            Loader.evaluation(
                EvenSubset.atMost(others, READ),
                trainer.preprocessing(),
                format,
                LoaderOptions.STANDARD);
        Loader.Batches batches = loader.epoch(0)) {
      float[] all = new float[BATCH * width];
      while (batches.hasNext()) {
        try (Batch batch = batches.next()) {
          program.run(batch.pixels(), all);
          for (int i = 0; i < batch.count(); i++) {
            rows.add(Arrays.copyOfRange(all, i * width, (i + 1) * width));
            labels.add(batch.labels()[i]);
          }
        }
      }
      return new Known(
          FeatureSet.of(
              rows.toArray(float[][]::new), labels.stream().mapToInt(Integer::intValue).toArray()),
          others.classes().size());
    }
  }

  private static Dataset others(Dataset all) {
    return ClassSelection.of(all, others(all.classes()));
  }

  private List<Series> localize() {
    Shape in = trainer.graph().inputShape();
    Shape large = Shape.of(in.dim(0), Canvas.TIMES * in.dim(1), Canvas.TIMES * in.dim(2));
    Graph graph =
        Models.graph(trainer.config().network().model(), trainer.graph().classes(), large);
    CompileOptions options =
        trainer.config().engine().inferring(BATCH).withPrecision(Precision.F32);
    try (ScoredNetwork network =
            new ScoredNetwork(
                graph,
                (nodes, images) ->
                    Compilation.attribution(
                        graph, trainer.weights(), backend, options.withBatch(images), nodes),
                BATCH,
                Turns.NONE);
        Dataset fresh = own(RunData.open(whole(trainer.config()), Split.VAL))) {
      Located training = located(network, EvenSubset.atMost(trainer.trainingData(), CHOOSING));
      double share = training.bestShare();
      Located asked = located(network, EvenSubset.atMost(fresh, CANVASES));
      double[] overlaps = asked.overlaps(share);
      List<Series.Point> found = new ArrayList<>();
      for (int percent = 10; percent < 100; percent += 10) {
        double least = percent / 100.0;
        long right = Arrays.stream(overlaps).filter(o -> o >= least).count();
        found.add(new Series.Point(percent, 100.0 * right / overlaps.length));
      }
      return List.of(
          new Series("localized", found), new Series("share", List.of(new Series.Point(0, share))));
    }
  }

  private static Dataset own(Dataset all) {
    return ClassSelection.of(all, trained(all.classes()));
  }

  private Located located(ScoredNetwork network, Dataset images) {
    Preprocessing small = trainer.preprocessing();
    Preprocessing large = small.square(Canvas.TIMES * small.width());
    float[] nothing = new float[Math.toIntExact(network.graph().inputShape().elements())];
    MapMethods methods =
        new MapMethods(
            network,
            new ExplanationMethod.HiResCam(),
            nothing,
            Optional.empty(),
            new Work(new ExplanationListener() {}, images.size()));
    List<Canvas> canvases = new ArrayList<>();
    List<HeatMap> maps = new ArrayList<>();
    for (int from = 0; from < images.size(); from += BATCH) {
      List<float[]> inputs = new ArrayList<>();
      List<float[]> scores = new ArrayList<>();
      for (int i = from; i < Math.min(images.size(), from + BATCH); i++) {
        Canvas canvas = Canvas.of(images, i, small);
        float[] score = new float[network.graph().classes()];
        score[canvas.label()] = 1;
        canvases.add(canvas);
        inputs.add(large.apply(canvas.image()));
        scores.add(score);
      }
      methods.of(inputs, scores).stream().map(MemberMap::map).forEach(maps::add);
    }
    return new Located(canvases, maps);
  }

  /** Canvases with the maps of their images' classes. */
  record Located(List<Canvas> canvases, List<HeatMap> maps) {

    /** Returns the intersection over union of each canvas; 0 where there is no box. */
    double[] overlaps(double share) {
      return IntStream.range(0, maps.size())
          .mapToDouble(
              i ->
                  Localization.box(maps.get(i), share)
                      .map(b -> b.iou(canvases.get(i).box()))
                      .orElse(0.0))
          .toArray();
    }

    /** Returns the share, a multiple of 0.05, by which most boxes are right; the least of these. */
    double bestShare() {
      double best = 0;
      long most = -1;
      for (int twentieth = 1; twentieth < 20; twentieth++) {
        double share = twentieth / 20.0;
        long right = Arrays.stream(overlaps(share)).filter(o -> o >= LocalizedImage.RIGHT).count();
        if (right > most) {
          most = right;
          best = share;
        }
      }
      return best;
    }
  }
}
