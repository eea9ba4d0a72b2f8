package dev.fovea.study.claims;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.passes.ResidualAsInception;
import dev.fovea.program.Backend;
import dev.fovea.program.ParameterSet;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.study.Series;
import dev.fovea.study.TrainingObserver;
import dev.fovea.tensor.DType;
import dev.fovea.train.Trainer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A residual network rewritten as a network of Inception modules, see {@link ResidualAsInception}.
 */
final class InceptionForm {
  private InceptionForm() {}

  /** Returns the name from which the rewritten network of a residual one is built. */
  static String spec(String residual) {
    return Models.spec(new ResidualAsInception(Models.graph(residual)).graph());
  }

  /**
   * Rewrites a trained residual network with the projections that make both equal.
   *
   * @param start the model file to write
   * @return {@code start}
   */
  static Path rewrite(Path trained, Backend backend, Path start) {
    try (ModelFile file = ModelFile.open(trained)) {
      ResidualAsInception rewritten = new ResidualAsInception(file.graph());
      ModelCard c = file.card();
      ModelCard card =
          new ModelCard(
              Models.spec(rewritten.graph()),
              c.input(),
              c.classes(),
              c.preprocessing(),
              c.config(),
              c.metrics(),
              c.data());
      try (ParameterSet weights = backend.parameters(rewritten.graph())) {
        for (ParamSpec p : weights.specs()) {
          float[] projection = rewritten.projections().get(p.name());
          weights.write(p.name(), projection == null ? file.floats(p.name()) : projection);
        }
        ModelFile.write(start, card, weights);
      }
    }
    return start;
  }

  /**
   * Compares a finished residual network with its rewritten form in float64, on validation images
   * spread evenly over the set.
   */
  static final class Equality {
    private static final int IMAGES = 32;

    private Equality() {}

    static TrainingObserver of(Trainer trainer, Backend backend) {
      return new FinalMeasurement(() -> measured(trainer));
    }

    private static List<Series> measured(Trainer trainer) {
      Graph residual = trainer.graph();
      ResidualAsInception rewritten = new ResidualAsInception(residual);
      Map<String, double[]> weights = new LinkedHashMap<>();
      for (ParamSpec p : residual.params()) {
        weights.put(p.name(), doubles(trainer.weights().read(p.name())));
      }
      double[] images = images(trainer);
      double[] before = ReferenceProgram.infer(residual, weights, images);
      rewritten.projections().forEach((name, values) -> weights.put(name, doubles(values)));
      double[] after = ReferenceProgram.infer(rewritten.graph(), weights, images);
      int count = before.length / residual.classes();
      return List.of(
          new Series("largest difference", List.of(new Series.Point(count, apart(before, after)))));
    }

    private static double[] images(Trainer trainer) {
      int count = Math.min(IMAGES, trainer.validationData().size());
      FloatBuffer images = Activations.images(trainer, count, DType.F32).asFloatBuffer();
      float[] pixels = new float[images.remaining()];
      images.get(pixels);
      return doubles(pixels);
    }

    private static double[] doubles(float[] floats) {
      double[] doubles = new double[floats.length];
      for (int i = 0; i < floats.length; i++) {
        doubles[i] = floats[i];
      }
      return doubles;
    }

    /** Returns the largest difference, as a fraction of the largest absolute value. */
    static double apart(double[] one, double[] other) {
      double difference = 0;
      double largest = 0;
      for (int i = 0; i < one.length; i++) {
        difference = Math.max(difference, Math.abs(one[i] - other[i]));
        largest = Math.max(largest, Math.abs(one[i]));
      }
      return difference / largest;
    }
  }

  /** Measures during training how far the projections have moved from the identities. */
  static final class Movement implements TrainingObserver {
    /** Indices of the series. */
    static final int ALL = 0;

    static final int BRANCH = 1;
    static final int SHORTCUT = 2;
    static final int ACROSS = 3;
    private static final List<String> NAMES =
        List.of(
            "all weights",
            "of a channel's branch to it",
            "of a channel's shortcut to it",
            "between different channels");

    private final Trainer trainer;
    private final Map<String, float[]> identities;
    private final List<List<Series.Point>> points = new ArrayList<>();

    /**
     * Observes a rewritten network.
     *
     * @param residual the name of the network that was rewritten
     */
    Movement(Trainer trainer, String residual) {
      Graph now = trainer.graph();
      this.trainer = trainer;
      this.identities =
          new ResidualAsInception(Models.graph(residual, now.classes(), now.inputShape()))
              .projections();
      NAMES.forEach(n -> points.add(new ArrayList<>()));
    }

    @Override
    public void look(long step) {
      double[] squares = new double[NAMES.size()];
      double norm = 0;
      for (Map.Entry<String, float[]> e : identities.entrySet()) {
        float[] now = trainer.weights().read(e.getKey());
        add(squares, e.getValue(), now);
        for (float v : e.getValue()) {
          norm += (double) v * v;
        }
      }
      for (int i = 0; i < squares.length; i++) {
        points.get(i).add(new Series.Point(step, Math.sqrt(squares[i] / norm)));
      }
    }

    /** Adds the squared distances of one projection, (C, 2C), by kind of weight. */
    static void add(double[] squares, float[] identities, float[] now) {
      int channels = (int) Math.round(Math.sqrt(now.length / 2.0));
      for (int i = 0; i < now.length; i++) {
        int row = i / (2 * channels);
        int column = i % (2 * channels);
        double moved = (double) now[i] - identities[i];
        int kind = column == row ? BRANCH : column == channels + row ? SHORTCUT : ACROSS;
        squares[ALL] += moved * moved;
        squares[kind] += moved * moved;
      }
    }

    @Override
    public List<Series> seen() {
      List<Series> seen = new ArrayList<>();
      for (int i = 0; i < NAMES.size(); i++) {
        seen.add(new Series(NAMES.get(i), points.get(i)));
      }
      return seen;
    }

    @Override
    public void close() {
      // Holds no resources between observations.
    }
  }
}
