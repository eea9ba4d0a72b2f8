package dev.fovea.eval;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.CropLoader;
import dev.fovea.data.loader.Crops;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.program.InferenceProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * One or several classifiers that answer together under a {@link Protocol}: the mean of their
 * softmax over all views.
 *
 * <p>Views are streamed: an image is decoded once for all models, networks with equal preprocessing
 * share the same batches, and what is kept of an image is one sum of probabilities. Uses the
 * classifiers' programs, so they must not predict meanwhile; owns only the programs for other image
 * sizes that dense evaluation needs. Used by one thread.
 */
public final class Ensemble implements AutoCloseable {
  private final List<String> classes;
  private final List<CropLoader.Lane> lanes = new ArrayList<>();
  private final List<Pass> passes = new ArrayList<>();
  private final List<InferenceProgram> own = new ArrayList<>();

  /** A program and the lane that feeds it. */
  private record Pass(int lane, InferenceProgram program) {}

  /** Told of every image once, in the order of the data set. */
  public interface Listener {
    /**
     * An image was answered.
     *
     * @param item its number in the data set
     * @param label its true class
     * @param logProbabilities natural logarithms of the mean probabilities, one for each class; not
     *     to be written to
     */
    void answered(int item, int label, double[] logProbabilities);
  }

  private Ensemble(List<String> classes) {
    this.classes = classes;
  }

  /**
   * Compiles what the protocol needs.
   *
   * @param models at least one; all with the same classes; they stay open as long as this
   * @throws dev.fovea.graph.GraphException if a network cannot be evaluated densely
   * @throws dev.fovea.data.image.DataException if the crops do not fit a network
   * @throws dev.fovea.program.ProgramException if memory does not suffice
   */
  public static Ensemble of(List<Classifier> models, Protocol protocol) {
    Ensemble made = new Ensemble(models.get(0).card().classes());
    boolean complete = false;
    try {
      for (Classifier m : models) {
        if (!m.card().classes().equals(made.classes)) {
          throw new IllegalArgumentException(
              "the models do not have the same classes; only such can answer together");
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

  private void add(Classifier model, Protocol protocol) {
    if (protocol instanceof Protocol.Dense dense) {
      addDense(model, dense);
    } else {
      Crops crops = ((Protocol.Cropped) protocol).crops();
      add(crops, model.card().preprocessing(), model.batch(), model.program());
    }
  }

  private void addDense(Classifier model, Protocol.Dense dense) {
    DenseNetwork network = new DenseNetwork(model.graph());
    Preprocessing p = model.card().preprocessing();
    Crops crops = dense.mirrored() ? Crops.FLIP : Crops.SINGLE;
    int shorter = Math.min(p.height(), p.width());
    for (int scale : Protocol.Dense.SCALES) {
      double strides = scale / Protocol.Dense.PAPER_SIDE * shorter / network.stride();
      int side = (int) Math.round(strides) * network.stride();
      // The programs of all scales are open at once: together they take about what one view does.
      double share = (double) p.height() * p.width() / side / side;
      int batch = (int) Math.max(1, model.batch() * share / Protocol.Dense.SCALES.size());
      InferenceProgram program = model.compile(network.at(side, side), batch);
      own.add(program);
      add(crops, square(p, side), batch, program);
    }
  }

  private static Preprocessing square(Preprocessing p, int side) {
    return new Preprocessing(
        p.channels(), side, side, side, p.interpolation(), p.mean(), p.std(), p.order(), p.range());
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

  /** Programs that see every image: models times scales. */
  public int programs() {
    return passes.size();
  }

  /**
   * What is known of an image so far: per lane the views and the logarithms of the sums of their
   * probabilities.
   */
  private static final class Answer {
    final int label;
    final long[] views;
    final double[][] logSums;

    Answer(int label, int lanes, int classes) {
      this.label = label;
      this.views = new long[lanes];
      this.logSums = new double[lanes][classes];
      for (double[] lane : logSums) {
        Arrays.fill(lane, Double.NEGATIVE_INFINITY);
      }
    }

    /**
     * The logarithm of the mean, which stays exact where every probability is 0 as a number. Adds
     * lane by lane in a fixed order, so that no timing changes a bit.
     */
    double[] logMean(int passes) {
      double[] log = new double[logSums[0].length];
      Arrays.fill(log, Double.NEGATIVE_INFINITY);
      for (int l = 0; l < logSums.length; l++) {
        double share = StrictMath.log((double) views[l] * passes);
        for (int k = 0; k < log.length; k++) {
          log[k] = Softmax.logAdd(log[k], logSums[l][k] - share);
        }
      }
      return log;
    }
  }

  /**
   * Measures all readable images.
   *
   * @param listener told of every image
   * @param stop asked between batches whether to give up
   * @return empty if it was given up
   * @throws dev.fovea.data.image.DataException if too many images are unreadable
   */
  public Optional<Evaluation> evaluate(
      Dataset set, LoaderOptions options, Listener listener, BooleanSupplier stop) {
    Tally tally = new Tally(classes);
    Map<Integer, Answer> open = new HashMap<>();
    int told = 0;
    try (CropLoader loader = CropLoader.start(set, lanes, options)) {
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
      for (int i = 0; i < batch.count(); i++) {
        int label = batch.labels()[i];
        open.computeIfAbsent(batch.item(i), item -> new Answer(label, lanes.size(), classes.size()))
            .views[lane]++;
      }
      for (Pass pass : passes) {
        if (pass.lane == lane) {
          pass.program.run(batch.pixels(), logits);
          add(batch, logits, lane, open);
        }
      }
    }
  }

  private void add(Batch batch, float[] logits, int lane, Map<Integer, Answer> open) {
    for (int i = 0; i < batch.count(); i++) {
      Answer a = open.get(batch.item(i));
      if (a == null) {
        throw new IllegalStateException("image " + batch.item(i) + " was finished too early");
      }
      double[] log = Softmax.log(logits, i * classes.size(), classes.size());
      for (int k = 0; k < log.length; k++) {
        a.logSums[lane][k] = Softmax.logAdd(a.logSums[lane][k], log[k]);
      }
    }
  }

  /** Frees what dense evaluation compiled; harmless when repeated. */
  @Override
  public void close() {
    own.forEach(InferenceProgram::close);
  }
}
