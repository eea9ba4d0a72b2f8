package dev.fovea.eval;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.CropLoader;
import dev.fovea.data.loader.Crops;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.loader.LoaderTurns;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.ReadAhead;
import dev.fovea.program.InferenceProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Evaluates one or several classifiers together under a {@link Protocol}: their softmax outputs are
 * averaged over all views.
 *
 * <p>Views are streamed: an image is decoded once for all models, networks with the same
 * preprocessing share batches, and only a sum of probabilities is kept per image. The classifiers'
 * programs are used, so the classifiers must not predict at the same time; the ensemble owns only
 * the programs that dense evaluation compiles for other image sizes. Not thread-safe.
 */
public final class Ensemble implements AutoCloseable {
  private final List<String> classes;
  private final List<CropLoader.Lane> lanes = new ArrayList<>();
  private final List<Pass> passes = new ArrayList<>();
  private final List<InferenceProgram> own = new ArrayList<>();

  /** A program and the lane that feeds it. */
  private record Pass(int lane, InferenceProgram program) {}

  /** Receives the result of every image once, in the order of the data set. */
  public interface Listener {
    /**
     * Called when an image was classified.
     *
     * @param item the index of the image in the data set
     * @param label its true class
     * @param logProbabilities natural logarithms of the mean probabilities, one per class; must not
     *     be modified
     */
    void answered(int item, int label, double[] logProbabilities);
  }

  private Ensemble(List<String> classes) {
    this.classes = classes;
  }

  /**
   * Creates an ensemble and compiles the programs that the protocol needs.
   *
   * @param models at least one, all with the same classes; they must stay open as long as this
   * @throws dev.fovea.graph.GraphException if a network cannot be evaluated densely
   * @throws dev.fovea.data.image.DataException if the crops do not fit a network
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   */
  public static Ensemble of(List<CompiledModel> models, Protocol protocol) {
    Ensemble made = new Ensemble(models.get(0).card().classes());
    boolean complete = false;
    try {
      for (CompiledModel m : models) {
        if (!m.card().classes().equals(made.classes)) {
          throw new IllegalArgumentException(
              "the models do not have the same classes; expected models with equal class lists");
        }
        made.add(m, protocol);
      }
      complete = true;
      return made;
    } finally {
      if (!complete) {
        made.close();
      }
    }
  }

  private void add(CompiledModel model, Protocol protocol) {
    if (protocol instanceof Protocol.Dense dense) {
      addDense(model, dense);
    } else {
      Crops crops = ((Protocol.Cropped) protocol).crops();
      add(crops, model.card().preprocessing(), model.batch(), model.program());
    }
  }

  private void addDense(CompiledModel model, Protocol.Dense dense) {
    DenseNetwork network = new DenseNetwork(model.graph());
    Preprocessing p = model.card().preprocessing();
    Crops crops = dense.mirrored() ? Crops.FLIP : Crops.SINGLE;
    int shorter = Math.min(p.height(), p.width());
    for (int scale : Protocol.Dense.SCALES) {
      double strides = scale / Protocol.Dense.PAPER_SIDE * shorter / network.stride();
      int side = (int) Math.round(strides) * network.stride();
      // The programs of all scales are open at once; together they need about the memory of one.
      double share = (double) p.height() * p.width() / side / side;
      int batch = (int) Math.max(1, model.batch() * share / Protocol.Dense.SCALES.size());
      InferenceProgram program = model.compile(network.at(side, side), batch);
      own.add(program);
      add(crops, p.square(side), batch, program);
    }
  }

  private void add(Crops crops, Preprocessing p, int batch, InferenceProgram program) {
    CropLoader.Lane lane =
        new CropLoader.Lane(
            crops,
            p,
            new BatchFormat(batch, p.channels(), p.height(), p.width(), program.inputType()));
    if (!lanes.contains(lane)) {
      lanes.add(lane);
    }
    passes.add(new Pass(lanes.indexOf(lane), program));
  }

  /** The number of programs that see every image: models times scales. */
  public int programs() {
    return passes.size();
  }

  /**
   * The results of an image so far: per lane, the number of views, the sum of their weights, and
   * the logarithms of the summed probabilities.
   */
  private static final class Answer {
    final int label;
    final int[] views;
    final double[] weights;
    final double[][] logSums;

    Answer(int label, int lanes, int classes) {
      this.label = label;
      this.views = new int[lanes];
      this.weights = new double[lanes];
      this.logSums = new double[lanes][classes];
      for (double[] lane : logSums) {
        Arrays.fill(lane, Double.NEGATIVE_INFINITY);
      }
    }

    /**
     * The logarithm of the mean, accurate even where the probabilities underflow. Lanes are added
     * in a fixed order, so that the result does not depend on timing.
     */
    double[] logMean(int passes) {
      double[] log = new double[logSums[0].length];
      Arrays.fill(log, Double.NEGATIVE_INFINITY);
      for (int l = 0; l < logSums.length; l++) {
        double share = StrictMath.log(weights[l] * passes);
        for (int k = 0; k < log.length; k++) {
          log[k] = Softmax.logAdd(log[k], logSums[l][k] - share);
        }
      }
      return log;
    }
  }

  /**
   * Evaluates all readable images. Views are made between the steps of the networks, while files
   * are read at any time (decision 0125).
   *
   * @param listener receives the result of every image
   * @param stop polled between batches; returns true to stop
   * @return empty if it was stopped
   * @throws dev.fovea.data.image.DataException if too many images are unreadable
   */
  public Optional<Evaluation> evaluate(
      Dataset set, LoaderOptions options, Listener listener, BooleanSupplier stop) {
    Tally tally = new Tally(classes);
    Map<Integer, Answer> open = new HashMap<>();
    int told = 0;
    try (ReadAhead ahead = new ReadAhead(set);
        CropLoader loader =
            CropLoader.start(ahead, lanes, options.withTurns(LoaderTurns.BETWEEN_STEPS))) {
      boolean more = true;
      while (more) {
        if (stop.getAsBoolean()) {
          return Optional.empty();
        }
        Optional<CropLoader.Portion> portion = loader.next();
        more = portion.isPresent();
        portion.ifPresent(p -> run(p, open));
        for (; told < loader.finished(); told++) {
          Answer a = open.remove(told);
          if (a != null) {
            double[] p = a.logMean(passes.size());
            tally.add(p, a.label);
            listener.answered(told, a.label, p);
          }
        }
      }
    }
    return Optional.of(tally.result());
  }

  private void run(CropLoader.Portion portion, Map<Integer, Answer> open) {
    int lane = portion.lane();
    try (Batch batch = portion.batch()) {
      float[] logits = new float[batch.format().batch() * classes.size()];
      double[] weights = new double[batch.count()];
      for (int i = 0; i < batch.count(); i++) {
        int label = batch.labels()[i];
        Answer a =
            open.computeIfAbsent(
                batch.item(i), item -> new Answer(label, lanes.size(), classes.size()));
        weights[i] = lanes.get(lane).crops().weight(a.views[lane]++);
        a.weights[lane] += weights[i];
      }
      for (Pass pass : passes) {
        if (pass.lane == lane) {
          pass.program.run(batch.pixels(), logits);
          add(batch, logits, weights, lane, open);
        }
      }
    }
  }

  private void add(
      Batch batch, float[] logits, double[] weights, int lane, Map<Integer, Answer> open) {
    for (int i = 0; i < batch.count(); i++) {
      Answer a = open.get(batch.item(i));
      if (a == null) {
        throw new IllegalStateException("image " + batch.item(i) + " was finished too early");
      }
      double[] log = Softmax.log(logits, i * classes.size(), classes.size());
      double weight = StrictMath.log(weights[i]);
      for (int k = 0; k < log.length; k++) {
        a.logSums[lane][k] = Softmax.logAdd(a.logSums[lane][k], log[k] + weight);
      }
    }
  }

  /** Closes the programs of dense evaluation; closing again has no effect. */
  @Override
  public void close() {
    own.forEach(InferenceProgram::close);
  }
}
