package dev.fovea.train;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.loader.RankShare;
import dev.fovea.data.source.Dataset;
import dev.fovea.eval.Metric;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelException;
import dev.fovea.models.Models;
import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.TrainingLength;
import dev.fovea.optim.UpdateRule;
import dev.fovea.passes.SynchronizeStatistics;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Frozen;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import dev.fovea.tensor.SplitMix64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Everything that is known about a run before anything is compiled. Uses no native memory and no
 * run folder.
 *
 * @param config the resolved configuration
 * @param data open while the setup is in use; owned by the caller that opened it
 * @param graph the network at the input size used for evaluation
 * @param preprocessing normalization of all images, and resizing in evaluation
 * @param augmentation of training images
 * @param metrics a program's own
 * @param bad collects unreadable images
 * @param share of this rank in the images
 */
record TrainingSetup(
    RunConfig config,
    Backend backend,
    TrainingData data,
    Graph graph,
    Preprocessing preprocessing,
    Augmentation augmentation,
    List<Metric> metrics,
    BadImageLog bad,
    RankShare share) {
  private static final int PREFETCH = 3;

  /** Resolves everything that {@code c} leaves open. */
  static RunConfig resolve(RunConfig c, Backend backend) {
    if (c.data().source().isEmpty()) {
      throw new ConfigException(
          "recipe "
              + c.recipe()
              + " needs data; set data.source to a folder, an archive or a generated set");
    }
    RunConfig.Engine e = c.engine();
    Precision precision =
        e.precision().orElseGet(() -> backend.fastestPrecision(e.convolution()).precision());
    int threads = e.threads() == 0 ? Runtime.getRuntime().availableProcessors() : e.threads();
    int evalBatch = e.evalBatch() == 0 ? c.learning().batch() : e.evalBatch();
    RunConfig.Network n = c.network();
    int side = n.input() == 0 ? Models.info(n.model()).input().dim(1) : n.input();
    n.progressive().requireBelow(side);
    return c.with(n.withInput(side))
        .with(e.with(precision).withThreads(threads).withEvalBatch(evalBatch));
  }

  /** Returns the shape (C, H, W) of one image; that of the published network if no size is set. */
  static Shape input(RunConfig.Network n) {
    Shape published = Models.info(n.model()).input();
    int side = n.input() == 0 ? published.dim(1) : n.input();
    return Shape.of(published.dim(0), side, side);
  }

  /** Returns how programs of a resolved configuration are compiled. */
  static CompileOptions compileOptions(RunConfig.Engine e, int images) {
    return new CompileOptions(images, e.resolvedPrecision(), e.memory(), e.threads())
        .convolving(e.convolution());
  }

  /**
   * Creates the setup of a resolved configuration and its opened data.
   *
   * @throws ConfigException if the batch cannot be divided among the ranks
   */
  static TrainingSetup of(
      RunConfig resolved,
      Backend backend,
      TrainingData data,
      Additions additions,
      RankShare share) {
    requireDivisible(resolved.learning().batch(), share.ranks());
    Shape input = input(resolved.network());
    return new TrainingSetup(
        resolved,
        backend,
        data,
        Models.graph(resolved.network().model(), data.classes().size(), input),
        Augmentation.preprocessing(resolved.data().preprocess(), input)
            .with(resolved.data().decode()),
        Augmentation.of(resolved.data().augment(), input, additions.augments()),
        additions.metrics(),
        new BadImageLog(),
        share);
  }

  private static void requireDivisible(int batch, int ranks) {
    int below = batch / ranks * ranks;
    if (below != batch) {
      throw new ConfigException(
          "learning.batch is the number of images of a step over all ranks; "
              + batch
              + " cannot be divided by "
              + ranks
              + " ranks: set it to "
              + (below > 0 ? below + " or " : "")
              + (below + ranks)
              + ", or use another number of ranks");
    }
  }

  /** Returns a copy with this length. */
  TrainingSetup withLength(TrainingLength length) {
    return new TrainingSetup(
        config.with(length),
        backend,
        data,
        graph,
        preprocessing,
        augmentation,
        metrics,
        bad,
        share);
  }

  /**
   * Returns the configured length; in minutes until {@link EpochBudget} has converted it to epochs.
   */
  TrainingLength length() {
    return config.learning().length();
  }

  /** Returns the optimizer steps in one pass over the training images. */
  int stepsPerEpoch() {
    return data.train().size() / batch() / accumulate();
  }

  /** Returns the images per batch over all ranks. */
  int batch() {
    return config.learning().batch();
  }

  /** Returns the images per batch on this rank. */
  int rankBatch() {
    return batch() / share.ranks();
  }

  /** Returns the number of batches per step. */
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

  /** Returns the side of the network's input in pixels, which evaluations always use. */
  int fullSide() {
    return preprocessing.width();
  }

  /** Returns the number of trainable values, without running statistics. */
  long trainableParameters() {
    return graph.params().stream()
        .filter(p -> p.role().trainable())
        .mapToLong(p -> p.shape().elements())
        .sum();
  }

  /**
   * Returns the dropout seed of this rank's part of a batch, so that masks depend on the number of
   * ranks.
   *
   * @param number counts batches over the whole run, from 0
   */
  long dropoutSeed(long number) {
    return SplitMix64.number(config.engine().seed(), share.part(number));
  }

  /**
   * Returns the dropout seed of this rank's part of a batch that is only observed.
   *
   * @param number counts these batches, from 1
   */
  long observationSeed(long number) {
    return SplitMix64.number(config.engine().seed(), -share.part(number - 1) - 1);
  }

  LoaderOptions loading() {
    return new LoaderOptions(
            config.engine().seed(),
            config.engine().threads(),
            PREFETCH,
            true,
            config.data().badFraction(),
            bad)
        .withShuffling(config.data().shuffle())
        .withShare(share);
  }

  CompileOptions compileOptions(int images) {
    return compileOptions(config.engine(), images);
  }

  /**
   * Returns the network for training images of this side; its parameters are the same for all
   * sides.
   */
  Graph graph(int side) {
    Shape full = graph.inputShape();
    if (side == full.dim(2)) {
      return graph;
    }
    Graph other = build(Shape.of(full.dim(0), side, side));
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
                + " depends on the image size, so it cannot be trained on both "
                + side
                + " and "
                + full.dim(2)
                + " pixels; set network.progressive to none, or remove the part of the network that"
                + " has a fixed input size, for example an auxiliary head with the option"
                + " aux=false");
      }
    }
    return other;
  }

  /**
   * Returns the network for training images of this side as it is trained: with the batch-norm
   * statistics of all ranks, if they are to be synchronized.
   */
  Graph trained(int side) {
    Graph own = graph(side);
    return update().statistics().synchronize() ? new SynchronizeStatistics().apply(own) : own;
  }

  private Graph build(Shape input) {
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
              + "); use larger images, or set network.progressive to none",
          e);
    }
  }

  /**
   * Returns what is trained, and on which images, in an epoch.
   *
   * @param epoch counted from 0
   * @param epochs of the run
   * @throws ConfigException if nothing is left to train
   */
  RunStage stage(long epoch, long epochs) {
    Set<String> frozen = update().groups().frozen(graph, epoch, epochs);
    if (graph.params().stream().allMatch(p -> !p.role().trainable() || frozen.contains(p.name()))) {
      throw new ConfigException(
          "learning.update.groups.freeze"
              + (epoch == 0 ? " covers" : " and learning.update.groups.freeze_at together cover")
              + " all parameters of "
              + graph.name()
              + (epoch == 0 ? "" : " from epoch " + (epoch + 1) + " of " + epochs + " on")
              + ", so nothing is left to train; name fewer parts");
    }
    return new RunStage(resizing().side(epoch, epochs, fullSide()), frozen);
  }

  /** Returns all stages of a run of so many epochs with the number of their epochs, in order. */
  Map<RunStage, Long> stages(long epochs) {
    SortedSet<Long> starts = new TreeSet<>(resizing().changes(epochs));
    update().groups().tuning().freezeAt().forEach(f -> starts.add(f.epoch(epochs)));
    starts.add(0L);
    List<Long> from = starts.stream().filter(e -> e < epochs).toList();
    Map<RunStage, Long> stages = new LinkedHashMap<>();
    for (int i = 0; i < from.size(); i++) {
      long end = i + 1 < from.size() ? from.get(i + 1) : epochs;
      stages.merge(stage(from.get(i), epochs), end - from.get(i), Long::sum);
    }
    return stages;
  }

  /** Returns what a stage leaves unchanged. */
  Frozen frozen(RunStage stage) {
    return new Frozen(stage.frozen(), update().statistics().kind() == BatchStatistics.Kind.FROZEN);
  }

  Dataset train() {
    return data.train();
  }

  Dataset val() {
    return data.val();
  }
}
