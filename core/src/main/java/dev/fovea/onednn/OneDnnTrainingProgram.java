package dev.fovea.onednn;

import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.BlockKernel;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.StepResult;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A training graph as a flat list of primitives over one arena. */
final class OneDnnTrainingProgram implements TrainingProgram {
  private final Owner owner;
  private final CompileOptions options;
  private final Graph graph;
  private final LoweringContext lowering;
  private final ForwardLowering forward;
  private final BackwardLowering backward;
  private final int forwardEnd;
  private final ParameterLayout layout = new ParameterLayout();
  private final List<OneDnnParameters> sets = new ArrayList<>();
  private final OneDnnParameters weights;
  private final OneDnnParameters gradients;
  private final BlockWalk walk;

  OneDnnTrainingProgram(TrainingGraph training, CompileOptions options) {
    this.graph = training.forward();
    this.options = options;
    this.owner = new Owner("training program of " + graph.name());
    this.walk = new BlockWalk(options.threads());
    try {
      NativeLibrary.get().useThreads(options.threads());
      this.lowering = new LoweringContext(owner, options, true);
      Weights places = new Weights(lowering, layout, training.frozen());
      this.forward = new ForwardLowering(lowering, places, graph);
      forward.run();
      this.forwardEnd = lowering.step().size();
      lowering
          .step()
          .host(
              graph.name(),
              "running statistics",
              forward.statistics().stream()
                  .flatMap(e -> Stream.of(e.mean(), e.variance()))
                  .toList(),
              () -> RunningStatistics.update(forward.statistics()));
      Recomputation recomputation =
          new Recomputation(lowering, places, forward, options.memory(), graph);
      this.backward = new BackwardLowering(lowering, places, forward, recomputation, training);
      backward.run();
      List<Long> offsets = lowering.plan().layOut();
      long copies = lowering.plan().lastingBytes();
      AvailableMemory.require(
          lowering.plan().arenaBytes() + copies + 3 * layout.bytes(), graph.name(), options);
      lowering.plan().take(owner, offsets);
      this.weights = set("weights of " + graph.name(), p -> true);
      this.gradients = set("gradients of " + graph.name(), training::trains);
      places.place(weights, gradients);
      lowering.once().bind();
      lowering.step().bind();
      lowering.once().run();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private OneDnnParameters set(String purpose, Predicate<ParamSpec> wanted) {
    OneDnnParameters set = new OneDnnParameters(purpose, layout, wanted);
    sets.add(set);
    return set;
  }

  @Override
  public ParameterSet weights() {
    return weights;
  }

  @Override
  public ParameterSet gradients() {
    return gradients;
  }

  @Override
  public DType inputType() {
    return lowering.type();
  }

  @Override
  public StepResult run(ByteBuffer images, float[] targets, long dropoutSeed) {
    prepare(images, targets, dropoutSeed);
    lowering.step().run();
    return result();
  }

  @Override
  public void observe(ByteBuffer images, long dropoutSeed, double part) {
    requireOpen();
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, forward.output(graph.input()));
    forward.dropoutSeed().value = dropoutSeed;
    lowering.step().run(forwardEnd);
    RunningStatistics.update(forward.statistics(), part);
  }

  /** A step that adds the nanoseconds of each primitive to {@code nanos}; for benchmarks. */
  StepResult run(ByteBuffer images, float[] targets, long[] nanos) {
    prepare(images, targets, 0);
    lowering.step().run(nanos);
    return result();
  }

  private void prepare(ByteBuffer images, float[] targets, long dropoutSeed) {
    requireOpen();
    if (targets.length != options.batch() * graph.classes()) {
      throw new IllegalArgumentException(
          "expected targets for "
              + options.batch()
              + " images of "
              + graph.classes()
              + " classes, got "
              + targets.length
              + " values");
    }
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, forward.output(graph.input()));
    backward.targets().values = targets;
    forward.dropoutSeed().value = dropoutSeed;
  }

  private StepResult result() {
    double loss = 0;
    for (LossStep l : backward.losses()) {
      loss += l.loss();
    }
    return new StepResult(loss, backward.losses().get(0).correct());
  }

  @Override
  public void weightsChanged() {
    // Every step reads the master weights anew.
  }

  @Override
  public ParameterSet allocate(Predicate<ParamSpec> wanted) {
    requireOpen();
    return set("optimizer state of " + graph.name(), wanted);
  }

  @Override
  public void forEachBlock(
      List<ParameterSet> writable, List<ParameterSet> readOnly, BlockKernel kernel) {
    requireOpen();
    walk.forEach(writable, readOnly, kernel);
  }

  @Override
  public double gradientNorm() {
    requireOpen();
    double sum = 0;
    float[] block = new float[4096];
    for (ParameterLayout.Slot slot : layout.slots()) {
      if (gradients.holds(slot.spec())) {
        FloatBuffer g = gradients.raw(slot);
        sum += sumOfSquares(g, block);
      }
    }
    return Math.sqrt(sum);
  }

  @Override
  public double norm(ParameterSet set, ParamSpec parameter) {
    requireOpen();
    // Padding counts as the zeros that it holds in weights and gradients.
    FloatBuffer values = ((OneDnnParameters) set).raw(layout.slot(parameter.name()));
    return Math.sqrt(sumOfSquares(values, new float[4096]));
  }

  private static double sumOfSquares(FloatBuffer g, float[] block) {
    double sum = 0;
    while (g.hasRemaining()) {
      int n = Math.min(block.length, g.remaining());
      g.get(block, 0, n);
      // Four sums keep the additions independent of each other.
      double a = 0;
      double b = 0;
      double c = 0;
      double d = 0;
      int i = 0;
      for (; i + 3 < n; i += 4) {
        a += (double) block[i] * block[i];
        b += (double) block[i + 1] * block[i + 1];
        c += (double) block[i + 2] * block[i + 2];
        d += (double) block[i + 3] * block[i + 3];
      }
      for (; i < n; i++) {
        a += (double) block[i] * block[i];
      }
      sum += a + b + (c + d);
    }
    return sum;
  }

  @Override
  public ProgramReport report() {
    long parameters = lowering.plan().lastingBytes();
    for (OneDnnParameters s : sets) {
      parameters += s.bytes();
    }
    return new ProgramReport(
        OneDnnBackend.NAME,
        options.precision(),
        lowering.block(),
        lowering.plan().arenaBytes(),
        parameters,
        lowering.step().report());
  }

  private void requireOpen() {
    if (owner.closed()) {
      throw new IllegalStateException(
          "the training program of " + graph.name() + " is closed; compile it again");
    }
  }

  @Override
  public void close() {
    sets.forEach(OneDnnParameters::close);
    walk.close();
    owner.close();
  }
}
