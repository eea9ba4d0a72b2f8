package dev.fovea.onednn;

import dev.fovea.convolution.Activation;
import dev.fovea.convolution.ConvolutionCode;
import dev.fovea.convolution.Epilogue;
import dev.fovea.convolution.Format;
import dev.fovea.convolution.PointwiseGradientCode;
import dev.fovea.convolution.PointwiseRule;
import dev.fovea.convolution.TeamFunctions;
import dev.fovea.convolution.TileTable;
import dev.fovea.convolution.Tiling;
import dev.fovea.convolution.WeightGradientCode;
import dev.fovea.convolution.WeightsCode;
import dev.fovea.convolution.WinogradRule;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.Isa;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MachineCode;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.MemoryDesc.ChannelBlocks;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Team;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.x86.VectorWidth;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Lowers convolutions to machine code of our own, where {@link WinogradRule} or {@link
 * PointwiseRule} says that it is faster.
 *
 * <p>Each pass is one instruction for the whole team of threads; where it reads weights, one that
 * transforms them precedes it. Activations are read and written in the standard layout or in slices
 * of it.
 */
final class FastConvolutions {
  private static final int CACHE_LINE = 64;

  private final LoweringContext ctx;
  private final Weights weights;
  private final Optional<Team> team;
  private final VectorWidth vectors;
  private final Map<TileTable, Tensor> tables = new HashMap<>();

  FastConvolutions(LoweringContext ctx, Weights weights) {
    this.ctx = ctx;
    this.weights = weights;
    this.team = NativeLibrary.get().team();
    this.vectors = ctx.block() == VectorWidth.ZMM.floats() ? VectorWidth.ZMM : VectorWidth.YMM;
  }

  /** The fast algorithm for a convolution and one of its passes to results or sources. */
  record Chosen(WinogradRule rule, ConvolutionCode.Plan plan) {}

  /** The fast algorithm for the gradient of a convolution's weights. */
  sealed interface ChosenGradient permits Tiles, Pixels {}

  /** Winograd's algorithm on tiles. */
  record Tiles(WinogradRule rule, WeightGradientCode.Plan plan) implements ChosenGradient {}

  /** The product of all pixels of a pointwise convolution. */
  record Pixels(PointwiseRule rule) implements ChosenGradient {}

  /**
   * Where the result of a convolution goes and what is fused with it.
   *
   * @param kind what the instruction does, for reports
   * @param add whether the result is added to {@code dst}
   */
  record Result(String kind, Tensor dst, Optional<Tensor> bias, boolean add, boolean relu) {}

  /** The fast algorithm of the forward pass, if it is to be taken. */
  Optional<Chosen> forward(Node n) {
    return rule(n).flatMap(rule -> rule.forward().map(plan -> new Chosen(rule, plan)));
  }

  /** The fast algorithm of the source's gradient, if it is to be taken. */
  Optional<Chosen> sourceGradient(Node n) {
    return rule(n).flatMap(rule -> rule.sourceGradient().map(plan -> new Chosen(rule, plan)));
  }

  /** The fast algorithm of the weights' gradient, if it is to be taken. */
  Optional<ChosenGradient> weightGradient(Node n) {
    Optional<ChosenGradient> pixels = pointwise(n).filter(PointwiseRule::gains).map(Pixels::new);
    return pixels.isPresent()
        ? pixels
        : rule(n).flatMap(rule -> rule.weightGradient().map(plan -> new Tiles(rule, plan)));
  }

  // Empty for convolutions and machines that have no fast algorithm.
  private Optional<WinogradRule> rule(Node n) {
    Window w = ((Op.Conv2d) n.op()).window();
    return isPossible(n)
        ? Tiling.of(w.kernelH(), w.kernelW()).map(tiling -> rule(n, tiling))
        : Optional.empty();
  }

  private Optional<PointwiseRule> pointwise(Node n) {
    Window w = ((Op.Conv2d) n.op()).window();
    return isPossible(n) && w.equals(Window.square(1))
        ? Optional.of(
            new PointwiseRule(padded(n.input().shape().dim(0)), padded(n.shape().dim(0)), format()))
        : Optional.empty();
  }

  private boolean isPossible(Node n) {
    Op.Conv2d o = (Op.Conv2d) n.op();
    Isa isa = NativeLibrary.get().isa();
    ConvolutionAlgorithm algorithm = ctx.options().convolution();
    // Direct convolutions of bfloat16 run in AMX's tiles, at many times the speed of vectors.
    boolean tiles = ctx.type() == DType.BF16 && isa.amx();
    return algorithm != ConvolutionAlgorithm.DIRECT
        && !(tiles && algorithm == ConvolutionAlgorithm.AUTO)
        && OneDnnBackend.support(isa, team.isPresent()).available()
        && o.groups() == 1
        && o.window().strideH() == 1
        && o.window().strideW() == 1
        && !(n.input().op() instanceof Op.Input);
  }

  private WinogradRule rule(Node n, Tiling tiling) {
    return new WinogradRule(
        tiling,
        padded(n.input().shape().dim(0)),
        padded(n.shape().dim(0)),
        ctx.options().typicalBatch(),
        n.shape().dim(1),
        n.shape().dim(2),
        format(),
        ctx.options().convolution() == ConvolutionAlgorithm.FAST);
  }

  private Format format() {
    return ctx.type() == DType.BF16 ? Format.BF16 : Format.F32;
  }

  private int padded(int channels) {
    return (channels + ctx.block() - 1) / ctx.block() * ctx.block();
  }

  /** The layout of a convolution's weights in which they, and their gradient, are transformed. */
  MemoryDesc weightsLayout(long[] dims) {
    boolean zmm = vectors == VectorWidth.ZMM;
    return MemoryDesc.of(
        ctx.owner(), dims, DType.F32, zmm ? Layout.WEIGHTS_16I16O : Layout.WEIGHTS_8I8O);
  }

  private MemoryDesc transposedLayout(long[] dims) {
    boolean zmm = vectors == VectorWidth.ZMM;
    return MemoryDesc.of(
        ctx.owner(), dims, DType.F32, zmm ? Layout.WEIGHTS_16O16I : Layout.WEIGHTS_8O8I);
  }

  /** Computes the result of a convolution from the master weights. */
  void forward(Node n, Chosen by, Tensor src, Tensor dst) {
    Optional<Tensor> bias = n.param(Role.BIAS).map(weights::vector);
    Result result = new Result("convolution forward", dst, bias, false, false);
    convolve(n, by, src, transformed(n, forwardWeights(by), this::weightsLayout), result);
  }

  // Trained weights are transformed in every step, others when they have changed.
  private Tensor transformed(Node n, WeightsCode by, Function<long[], MemoryDesc> layout) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    MemoryDesc wanted = layout.apply(ParameterLayout.dims(weight));
    if (ctx.trains()) {
      Tensor result = ctx.tensor(n.name() + " transformed weights", floats(by.bytes()));
      transform(ctx.step(), n, by, weights.as(weight, wanted), result);
      return result;
    }
    Tensor staged = ctx.staging(n.name() + " weights", wanted);
    ctx.copy(ctx.refresh(), n.name(), weights.master(weight), staged);
    return transformedOnce(n, by, staged);
  }

  private Tensor transformedOnce(Node n, WeightsCode by, Tensor staged) {
    Tensor result = ctx.persistent(n.name() + " transformed weights", floats(by.bytes()));
    transform(ctx.refresh(), n, by, staged, result);
    return result;
  }

  /** Weights in a staging buffer: row-major, and beside that in {@link #weightsLayout}. */
  record Staged(Tensor plain, Tensor blocked) {}

  Staged stage(String purpose, MemoryDesc plain, long[] dims) {
    MemoryDesc blocked = weightsLayout(dims);
    long offset = (plain.size() + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    Tensor both = ctx.staging(purpose, floats(offset + blocked.size()));
    return new Staged(both.viewedAs(plain), both.viewedAs(blocked, offset));
  }

  private WeightsCode forwardWeights(Chosen by) {
    return new WeightsCode(
        vectors,
        by.rule().tiling(),
        by.plan().products(),
        by.rule().channelsIn(),
        by.rule().channelsOut(),
        WeightsCode.Order.FORWARD);
  }

  /**
   * Computes the result of a convolution in inference, from weights that {@code refresh} leaves in
   * a staging buffer in the layout {@link #weightsLayout}.
   */
  void forwardStaged(Node n, Chosen by, Tensor src, Tensor staged, Result result) {
    convolve(n, by, src, transformedOnce(n, forwardWeights(by), staged), result);
  }

  /** Computes the gradient of the source, in standard layout. */
  Tensor sourceGradient(Node n, Chosen by, Tensor dy) {
    WinogradRule rule = by.rule();
    WeightsCode transform =
        new WeightsCode(
            vectors,
            rule.tiling(),
            by.plan().products(),
            rule.channelsOut(),
            rule.channelsIn(),
            WeightsCode.Order.ROTATED);
    Tensor transformed = transformed(n, transform, this::transposedLayout);
    Tensor dx = ctx.tensor("gradient of " + n.input().name(), ctx.standard(n.input().shape()));
    Window w = ((Op.Conv2d) n.op()).window();
    Padding padding = new Padding(w.kernelH() - 1 - w.padH(), w.kernelW() - 1 - w.padW());
    emit(
        n,
        new Pass(by, n.shape(), n.input().shape(), padding),
        dy,
        transformed,
        new Result("convolution backward_data", dx, Optional.empty(), false, false));
    return dx;
  }

  private record Padding(int top, int left) {}

  /** A convolution from one shape to another: of results from sources, or of gradients. */
  private record Pass(Chosen by, Shape in, Shape out, Padding padding) {
    String implementation() {
      return "winograd " + by.rule().tiling() + " " + by.plan().products().label();
    }
  }

  private void convolve(Node n, Chosen by, Tensor src, Tensor transformed, Result result) {
    Window w = ((Op.Conv2d) n.op()).window();
    Padding padding = new Padding(w.padH(), w.padW());
    emit(n, new Pass(by, n.input().shape(), n.shape(), padding), src, transformed, result);
  }

  private void emit(Node n, Pass pass, Tensor src, Tensor transformed, Result result) {
    int threads = ctx.options().threads();
    Tensor dst = result.dst();
    Activation from = activation(0, src, pass.in());
    Activation to = activation(0, dst, pass.out());
    Chosen by = pass.by();
    ConvolutionCode convolution =
        new ConvolutionCode(
            vectors, by.rule().tiling(), by.plan(), ctx.batch(), to.height(), to.width());
    long scratchBytes = convolution.scratchBytes(threads, from.channels(), to.channels());
    Tensor scratch = ctx.tensor(n.name() + " transformed tiles", floats(scratchBytes));
    Tensor sourceTiles =
        table(convolution.sourceTiles(from, pass.padding().top(), pass.padding().left()));
    Tensor destinationTiles = table(convolution.destinationTiles(to));
    Tensor counter = ctx.tensor(n.name() + " next block", floats(CACHE_LINE));
    List<Tensor> operands =
        new ArrayList<>(
            List.of(src, transformed, dst, scratch, sourceTiles, destinationTiles, counter));
    result.bias().ifPresent(operands::add);
    Instruction.Kernel kernel =
        memory -> {
          long bias = result.bias().map(memory::address).orElse(0L);
          byte[] code =
              convolution.assemble(
                  activation(memory.address(src), src, pass.in()),
                  activation(memory.address(dst), dst, pass.out()),
                  new Epilogue(bias, result.add(), result.relu()),
                  new ConvolutionCode.Addresses(
                      memory.address(sourceTiles),
                      memory.address(destinationTiles),
                      memory.address(transformed),
                      memory.address(scratch),
                      memory.address(counter)),
                  functions());
          MachineCode machineCode = new MachineCode(ctx.owner(), code);
          ByteBuffer nextBlock = memory.bytes(counter);
          Team workers = team.orElseThrow();
          return step -> {
            nextBlock.putLong(0, 0);
            workers.run(machineCode, threads);
          };
        };
    ctx.step().kernel(n.name(), result.kind(), pass.implementation(), operands, kernel);
  }

  /** Computes the gradients of weight and bias. */
  void weightGradient(Node n, ChosenGradient by, Tensor src, Tensor dy) {
    Tensor x = inBlocks(n.name(), src, n.input().shape());
    Tensor blocked = inBlocks(n.name(), dy, n.shape());
    if (by instanceof Tiles tiles) {
      tileGradient(n, tiles, x, blocked);
    } else if (by instanceof Pixels pixels) {
      pixelGradient(n, pixels, x, blocked);
    }
  }

  private void tileGradient(Node n, Tiles by, Tensor src, Tensor dy) {
    WeightGradientCode sizes =
        tileGradientCode(n, by, activation(0, src, n.input().shape()), dy, 0);
    Tensor sourceTiles = table(sizes.sourceTiles());
    Tensor gradientTiles = table(sizes.gradientTiles());
    gradient(
        n,
        "winograd " + by.rule().tiling() + " " + by.plan().products().label(),
        sizes.scratchBytes(ctx.options().threads()),
        List.of(src, dy, sourceTiles, gradientTiles),
        (memory, scratch, weight, bias) ->
            tileGradientCode(
                    n,
                    by,
                    activation(memory.address(src), src, n.input().shape()),
                    dy,
                    memory.address(dy))
                .assemble(
                    new WeightGradientCode.Addresses(
                        memory.address(sourceTiles),
                        memory.address(gradientTiles),
                        scratch,
                        weight,
                        bias),
                    functions()));
  }

  private WeightGradientCode tileGradientCode(
      Node n, Tiles by, Activation src, Tensor dy, long address) {
    Window w = ((Op.Conv2d) n.op()).window();
    return new WeightGradientCode(
        vectors,
        by.rule().tiling(),
        by.plan(),
        src,
        activation(address, dy, n.shape()),
        w.padH(),
        w.padW());
  }

  private void pixelGradient(Node n, Pixels by, Tensor src, Tensor dy) {
    Shape in = n.input().shape();
    int pairs = by.rule().pairsPerBlock();
    long scratchBytes =
        new PointwiseGradientCode(pairs, activation(0, src, in), activation(0, dy, n.shape()))
            .scratchBytes();
    gradient(
        n,
        "pairs of pixels " + Format.BF16.label(),
        scratchBytes,
        List.of(src, dy),
        (memory, scratch, weight, bias) ->
            new PointwiseGradientCode(
                    pairs,
                    activation(memory.address(src), src, in),
                    activation(memory.address(dy), dy, n.shape()))
                .assemble(new PointwiseGradientCode.Addresses(scratch, weight, bias), functions()));
  }

  /** Assembles a gradient, when the addresses of its operands are known. */
  private interface GradientAssembly {
    byte[] assemble(ProgramMemory memory, long scratch, long weight, long bias);
  }

  private void gradient(
      Node n,
      String implementation,
      long scratchBytes,
      List<Tensor> sources,
      GradientAssembly assembly) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    MemoryDesc wanted = weightsLayout(ParameterLayout.dims(weight));
    Tensor gradient = weights.gradient(weight);
    boolean direct = gradient.desc().sameAs(wanted);
    Tensor result = direct ? gradient : ctx.tensor(n.name() + " gradient of weights", wanted);
    Optional<Tensor> bias = n.param(Role.BIAS).map(weights::gradient);
    int threads = ctx.options().threads();
    Tensor scratch = ctx.tensor(n.name() + " transformed tiles", floats(scratchBytes));
    List<Tensor> operands = new ArrayList<>(sources);
    operands.add(result);
    operands.add(scratch);
    bias.ifPresent(operands::add);
    ctx.step()
        .kernel(
            n.name(),
            "convolution backward_weights",
            implementation,
            operands,
            memory -> {
              byte[] bytes =
                  assembly.assemble(
                      memory,
                      memory.address(scratch),
                      memory.address(result),
                      bias.map(memory::address).orElse(0L));
              MachineCode machineCode = new MachineCode(ctx.owner(), bytes);
              Team workers = team.orElseThrow();
              return step -> workers.run(machineCode, threads);
            });
    if (!direct) {
      ctx.copy(ctx.step(), n.name(), result, gradient);
    }
  }

  private void transform(InstructionList list, Node n, WeightsCode code, Tensor from, Tensor to) {
    int threads = ctx.options().threads();
    list.kernel(
        n.name(),
        "transform weights",
        "winograd",
        List.of(from, to),
        memory -> {
          MachineCode machineCode =
              new MachineCode(
                  ctx.owner(),
                  code.assemble(memory.address(from), memory.address(to), functions()));
          Team workers = team.orElseThrow();
          return step -> workers.run(machineCode, threads);
        });
  }

  // One table serves all tensors of the same shape and strides.
  private Tensor table(TileTable tiles) {
    return tables.computeIfAbsent(
        tiles,
        t -> {
          Tensor table = ctx.persistent("tiles " + tables.size(), floats(t.bytes()));
          ctx.once()
              .kernel(
                  "tiles",
                  "list tiles",
                  List.of(table),
                  memory -> {
                    ByteBuffer to = memory.bytes(table);
                    return step -> t.write(to);
                  });
          return table;
        });
  }

  private TeamFunctions functions() {
    Team t = team.orElseThrow();
    return new TeamFunctions(t.threadNumber(), t.threadCount(), t.barrier());
  }

  private MemoryDesc floats(long bytes) {
    return ctx.vector(Math.toIntExact((bytes + Float.BYTES - 1) / Float.BYTES));
  }

  private Activation activation(long address, Tensor tensor, Shape shape) {
    ChannelBlocks blocks = blocks(tensor).orElseThrow();
    int bytes = format().bytes();
    return new Activation(
        address + blocks.offset() * bytes,
        format(),
        ctx.batch(),
        padded(shape.dim(0)),
        shape.dim(1),
        shape.dim(2),
        blocks.image() * bytes,
        blocks.block() * bytes);
  }

  private Optional<ChannelBlocks> blocks(Tensor tensor) {
    return tensor.desc().channelBlocks(ctx.block());
  }

  /** The tensor, or a copy of it in standard layout if its own is not one of blocks. */
  Tensor inBlocks(String node, Tensor tensor, Shape shape) {
    return blocks(tensor).isPresent() ? tensor : ctx.as(node, tensor, ctx.standard(shape));
  }
}
