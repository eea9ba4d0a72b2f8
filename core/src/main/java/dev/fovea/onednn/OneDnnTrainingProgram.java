package dev.fovea.onednn;

import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.binding.MatrixProducts;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.BlockKernel;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.MatrixProduct;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.StepExchange;
import dev.fovea.program.StepResult;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Decimals;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A training program: a flat list of primitives and Java kernels over one arena. */
final class OneDnnTrainingProgram implements TrainingProgram {
  private static final float[] NO_TARGETS = {};
  // Values are summed in blocks that stay in the L1 cache.
  private static final int BLOCK = 4096;

  private final Owner owner;
  private final CompileOptions options;
  private final Graph graph;
  private final ParameterLayout layout = new ParameterLayout();
  private final List<OneDnnParameters> sets = new ArrayList<>();
  private final OneDnnParameters weights;
  private final OneDnnParameters gradients;
  private final CompiledStep step;
  private final GradientBuckets buckets;
  private final Executable wholePass;
  private final Executable forwardPass;
  private final RunningStatistics statistics;
  private final BlockWalk walk;

  OneDnnTrainingProgram(TrainingGraph training, CompileOptions options) {
    this.graph = training.forward();
    this.options = options;
    this.owner = new Owner("training program of " + graph.name());
    this.walk = new BlockWalk(options.threads());
    try {
      NativeLibrary.get().useThreads(options.threads());
      LoweringContext ctx = new LoweringContext(owner, options, Purpose.TRAINING);
      Weights parameters = new Weights(ctx, layout, training.frozen());
      ForwardLowering.ForwardPass forward = ForwardLowering.lower(ctx, parameters, graph);
      List<RunningStatistics.Entry> norms = forward.lowerings().norms().statistics();
      int forwardEnd = ctx.step().size();
      ctx.step()
          .kernel(
              graph.name(),
              "running statistics",
              norms.stream().flatMap(e -> Stream.of(e.mean(), e.variance())).toList(),
              RunningStatistics.kernel(norms));
      BackwardLowering.lower(ctx, parameters, forward, training);
      MemoryLayout memory = ctx.layOut(List.of());
      AvailableMemory.require(
          memory.arenaBytes() + memory.persistentBytes() + 3 * layout.bytes(),
          graph.name(),
          options);
      this.weights = set("weights of " + graph.name(), p -> true);
      this.gradients = set("gradients of " + graph.name(), training::trains);
      ProgramMemory placed = ProgramMemory.allocate(owner, memory, weights, Optional.of(gradients));
      this.step = CompiledStep.of(ctx, forward.values().of(graph.input()), memory, placed);
      this.buckets = GradientBuckets.of(gradients, ctx.step().instructions());
      this.wholePass = step.calls().completing(buckets);
      this.forwardPass = step.calls().first(forwardEnd);
      this.statistics = RunningStatistics.bind(norms, placed);
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
    return step.inputType();
  }

  @Override
  public StepResult run(
      ByteBuffer images, float[] targets, long dropoutSeed, StepExchange exchange) {
    StepRun run = prepare(images, targets, dropoutSeed, exchange);
    wholePass.run(run);
    gradients.markChanged();
    return run.result();
  }

  @Override
  public List<FloatBuffer> gradientBuckets() {
    requireOpen();
    return buckets.views();
  }

  @Override
  public List<FloatBuffer> runningStatistics() {
    requireOpen();
    // Whoever asks may write.
    weights.markChanged();
    return statistics.running();
  }

  @Override
  public void observe(ByteBuffer images, long dropoutSeed, double part, StepExchange exchange) {
    requireOpen();
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, step.input());
    StepRun run = new StepRun(NO_TARGETS, dropoutSeed, exchange);
    forwardPass.run(run);
    statistics.update(run, part);
    weights.markChanged();
  }

  @Override
  public StepResult profile(ByteBuffer images, float[] targets, long dropoutSeed, long[] nanos) {
    StepRun run = prepare(images, targets, dropoutSeed, StepExchange.NONE);
    step.calls().run(run, nanos);
    gradients.markChanged();
    return run.result();
  }

  // The running statistics, which are part of the weights, change.
  private StepRun prepare(
      ByteBuffer images, float[] targets, long dropoutSeed, StepExchange exchange) {
    requireOpen();
    if (targets.length != options.batch() * graph.classes()) {
      throw new IllegalArgumentException(
          "expected targets for "
              + Decimals.count(options.batch(), "image")
              + " of "
              + Decimals.count(graph.classes(), "class")
              + ", got "
              + Decimals.count(targets.length, "value"));
    }
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, step.input());
    weights.markChanged();
    return new StepRun(targets, dropoutSeed, exchange);
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
  public MatrixProduct products() {
    requireOpen();
    NativeLibrary.get().useThreads(options.threads());
    return MatrixProducts::product;
  }

  @Override
  public double gradientNorm() {
    requireOpen();
    double sum = 0;
    float[] block = new float[BLOCK];
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
    // Padding adds nothing, since it is zero in weights and gradients.
    FloatBuffer values = ((OneDnnParameters) set).raw(layout.slot(parameter.name()));
    return Math.sqrt(sumOfSquares(values, new float[BLOCK]));
  }

  private static double sumOfSquares(FloatBuffer g, float[] block) {
    double sum = 0;
    while (g.hasRemaining()) {
      int n = Math.min(block.length, g.remaining());
      g.get(block, 0, n);
      // Four independent sums let the CPU overlap the additions.
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
    return step.report(options.precision(), sets.stream().mapToLong(OneDnnParameters::bytes).sum());
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
