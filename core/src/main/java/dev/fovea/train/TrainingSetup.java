package dev.fovea.train;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelException;
import dev.fovea.models.Models;
import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.ParameterPolicy;
import dev.fovea.optim.TrainingLength;
import dev.fovea.optim.UpdateRule;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Frozen;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.SplitMix64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a run learns from and with: everything that is known before anything is compiled. It takes
 * no native memory and no folder.
 *
 * @param config resolved: nothing is left open
 * @param data open as long as the setup is in use, owned by whoever opened it
 * @param graph the network at the size in which it is evaluated
 * @param preprocessing how evaluated images are fitted, and all are normalized
 * @param variation how training images are varied
 * @param bad told of unreadable images
 */
record TrainingSetup(
    RunConfig config,
    Backend backend,
    TrainingData data,
    Graph graph,
    Preprocessing preprocessing,
    Augmentation variation,
    BadImageLog bad) {
  private static final int PREFETCH = 3;

  /** {@code c} with everything resolved that it leaves open. */
  static RunConfig resolve(RunConfig c, Backend backend) {
    if (c.data().source().isEmpty()) {
      throw new ConfigException(
          "recipe "
              + c.recipe()
              + " needs data; set data.source to a folder, an archive or a generated set");
    }
    RunConfig.Engine e = c.engine();
    Precision precision = e.precision().orElseGet(() -> backend.fastestPrecision().precision());
    int threads = e.threads() == 0 ? Runtime.getRuntime().availableProcessors() : e.threads();
    int evalBatch = e.evalBatch() == 0 ? c.learning().batch() : e.evalBatch();
    RunConfig.Network n = c.network();
    int side = n.input() == 0 ? Models.info(n.model()).input().dim(1) : n.input();
    n.progressive().requireBelow(side);
    return c.with(n.withInput(side))
        .with(e.with(precision).withThreads(threads).withEvalBatch(evalBatch));
  }

  /** The shape of one image; that of the published network where no size is set. */
  static Shape input(RunConfig.Network n) {
    Shape published = Models.info(n.model()).input();
    int side = n.input() == 0 ? published.dim(1) : n.input();
    return Shape.of(published.dim(0), side, side);
  }

  /** How programs of a resolved configuration are compiled. */
  static CompileOptions compileOptions(RunConfig.Engine e, int images) {
    return new CompileOptions(images, e.resolvedPrecision(), e.memory(), e.threads());
  }

  /** The setup of a resolved configuration for data that was opened by it. */
  static TrainingSetup of(RunConfig resolved, Backend backend, TrainingData data) {
    Shape input = input(resolved.network());
    return new TrainingSetup(
        resolved,
        backend,
        data,
        Models.graph(resolved.network().model(), data.classes().size(), input),
        Augmentation.preprocessing(resolved.data().preprocess(), input),
        Augmentation.of(resolved.data().augment(), input),
        new BadImageLog());
  }

  /** The same for a run of this length. */
  TrainingSetup lasting(TrainingLength length) {
    return new TrainingSetup(
        config.with(length), backend, data, graph, preprocessing, variation, bad);
  }

  /** How long the run shall be: in minutes until it is known how many epochs they are. */
  TrainingLength length() {
    return config.learning().length();
  }

  /** Updates of one pass over the training images. */
  int stepsPerEpoch() {
    return data.train().size() / batch() / accumulate();
  }

  int batch() {
    return config.learning().batch();
  }

  /** Batches that make one step. */
  int accumulate() {
    return update().accumulate();
  }

  UpdateRule update() {
    return config.learning().update();
  }

  List<String> classes() {
    return data.classes();
  }

  ProgressiveResizing resizing() {
    return config.network().progressive();
  }

  /** The side of the network's input in pixels, which evaluations always see. */
  int fullSide() {
    return preprocessing.width();
  }

  /** Elements of all parameters that are trained, running statistics left out. */
  long trainableParameters() {
    return graph.params().stream()
        .filter(p -> p.role().trainable())
        .mapToLong(p -> p.shape().elements())
        .sum();
  }

  /** Decides the dropout masks of a batch; {@code number} counts batches over the whole run. */
  long dropoutSeed(long number) {
    return SplitMix64.number(config.engine().seed(), number);
  }

  LoaderOptions loading() {
    return new LoaderOptions(
        config.engine().seed(),
        config.engine().threads(),
        PREFETCH,
        true,
        config.data().badFraction(),
        bad);
  }

  CompileOptions compileOptions(int images) {
    return compileOptions(config.engine(), images);
  }

  /** The network that is trained on images of this side; its weights fit every other side. */
  Graph graph(int side) {
    Shape full = graph.inputShape();
    if (side == full.dim(2)) {
      return graph;
    }
    Graph other = built(Shape.of(full.dim(0), side, side));
    List<ParamSpec> mine = graph.params();
    List<ParamSpec> others = other.params();
    for (int i = 0; i < mine.size(); i++) {
      ParamSpec p = mine.get(i);
      if (!p.name().equals(others.get(i).name()) || !p.shape().equals(others.get(i).shape())) {
        throw new ConfigException(
            "network.progressive: "
                + p.name()
                + " of "
                + config.network().model()
                + " depends on the size of the images, so that it cannot learn on "
                + side
                + " and on "
                + full.dim(2)
                + " pixels; set network.progressive to none, or leave out the part that sees the"
                + " whole image at once, as an auxiliary head by the option aux=false");
      }
    }
    return other;
  }

  private Graph built(Shape input) {
    try {
      return Models.graph(config.network().model(), classes().size(), input);
    } catch (GraphException | ModelException e) {
      throw new ConfigException(
          "network.progressive: "
              + config.network().model()
              + " cannot be built for images of "
              + input.dim(2)
              + " pixels ("
              + e.getMessage()
              + "); train on larger ones, or set network.progressive to none",
          e);
    }
  }

  /** The parameters that keep their values, and whether batch norms keep their statistics. */
  Frozen frozen() {
    Set<String> names = new HashSet<>();
    Map<String, ParameterPolicy> treatments = update().groups().on(graph);
    treatments.forEach((name, t) -> names.addAll(t.frozen() ? List.of(name) : List.of()));
    if (names.size() == treatments.size()) {
      throw new ConfigException(
          "learning.update.groups.freeze holds all parameters of "
              + graph.name()
              + ", nothing is left to train; name fewer parts");
    }
    return new Frozen(names, update().statistics().kind() == BatchStatistics.Kind.FROZEN);
  }

  Dataset train() {
    return data.train();
  }

  Dataset val() {
    return data.val();
  }
}
