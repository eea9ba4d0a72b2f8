package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MachineCode;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.MemoryDesc.ChannelBlocks;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Team;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.winograd.Activation;
import dev.fovea.winograd.ConvolutionCode;
import dev.fovea.winograd.Epilogue;
import dev.fovea.winograd.Format;
import dev.fovea.winograd.Rule;
import dev.fovea.winograd.TeamFunctions;
import dev.fovea.winograd.TileTable;
import dev.fovea.winograd.Tiling;
import dev.fovea.winograd.WeightGradientCode;
import dev.fovea.winograd.WeightsCode;
import dev.fovea.x86.VectorWidth;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lowers convolutions to Winograd's algorithm in machine code of our own, where {@link Rule} says
 * that it is faster.
 *
 * <p>Each pass is one instruction for the whole team of threads, preceded by one that transforms
 * the weights. Activations are read and written in the standard layout or in slices of it.
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

  /** What follows a convolution in the same instruction. */
  record Fused(Optional<Tensor> bias, boolean add, boolean relu) {}

  /** The rule for a convolution, if it has a fast algorithm on this machine at all. */
  Optional<Rule> rule(Node n) {
    Op.Conv2d o = (Op.Conv2d) n.op();
    Window w = o.window();
    boolean possible =
        ctx.options().convolution() != ConvolutionAlgorithm.DIRECT
            && team.isPresent()
            && NativeLibrary.get().isa().avx2()
            && o.groups() == 1
            && w.strideH() == 1
            && w.strideW() == 1
            && !(n.input().op() instanceof Op.Input);
    if (!possible) {
      return Optional.empty();
    }
    return Tiling.of(w.kernelH(), w.kernelW())
        .map(
            tiling ->
                new Rule(
                    tiling,
                    padded(n.input().shape().dim(0)),
                    padded(n.shape().dim(0)),
                    ctx.batch(),
                    n.shape().dim(1),
                    n.shape().dim(2),
                    format(),
                    ctx.options().convolution() == ConvolutionAlgorithm.FAST));
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
  void forward(Node n, Rule rule, ConvolutionCode.Plan plan, Tensor src, Tensor dst) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.dims(weight);
    Fused fused = new Fused(n.param(Role.BIAS).map(weights::vector), false, false);
    if (ctx.training()) {
      Tensor blocked = weights.as(weight, weightsLayout(dims));
      WeightsCode transform = forwardWeights(rule, plan);
      Tensor transformed = ctx.tensor(n.name() + " transformed weights", floats(transform.bytes()));
      transform(ctx.step(), n, transform, blocked, transformed);
      convolve(n, "convolution forward", rule, plan, src, transformed, dst, fused);
    } else {
      Tensor blocked = ctx.staging(n.name() + " weights", weightsLayout(dims));
      ctx.copy(ctx.refresh(), n.name(), weights.master(weight), blocked);
      forward(n, "convolution forward", rule, plan, src, blocked, dst, fused);
    }
  }

  /** Weights in a staging buffer: row-major, and beside that in {@link #weightsLayout}. */
  record Staged(Tensor plain, Tensor blocked) {}

  Staged stage(String purpose, MemoryDesc plain, long[] dims) {
    MemoryDesc blocked = weightsLayout(dims);
    long offset = (plain.size() + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    Tensor both = ctx.staging(purpose, floats(offset + blocked.size()));
    return new Staged(both.viewedAs(plain), both.viewedAs(blocked, offset));
  }

  private WeightsCode forwardWeights(Rule rule, ConvolutionCode.Plan plan) {
    return new WeightsCode(
        vectors,
        rule.tiling(),
        plan.products(),
        rule.channelsIn(),
        rule.channelsOut(),
        WeightsCode.Order.FORWARD);
  }

  /**
   * Computes the result of a convolution in inference, with weights that {@code refresh} leaves in
   * a staging buffer in the layout {@link #weightsLayout}.
   */
  void forward(
      Node n,
      String kind,
      Rule rule,
      ConvolutionCode.Plan plan,
      Tensor src,
      Tensor staged,
      Tensor dst,
      Fused fused) {
    WeightsCode transform = forwardWeights(rule, plan);
    Tensor transformed =
        ctx.persistent(n.name() + " transformed weights", floats(transform.bytes()));
    transform(ctx.refresh(), n, transform, staged, transformed);
    convolve(n, kind, rule, plan, src, transformed, dst, fused);
  }

  /** Computes the gradient of the source, in standard layout. */
  Tensor sourceGradient(Node n, Rule rule, ConvolutionCode.Plan plan, Tensor dy) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    Tensor blocked = weights.as(weight, transposedLayout(ParameterLayout.dims(weight)));
    WeightsCode transform =
        new WeightsCode(
            vectors,
            rule.tiling(),
            plan.products(),
            rule.channelsOut(),
            rule.channelsIn(),
            WeightsCode.Order.ROTATED);
    Tensor transformed = ctx.tensor(n.name() + " transformed weights", floats(transform.bytes()));
    transform(ctx.step(), n, transform, blocked, transformed);
    Tensor dx = ctx.tensor("gradient of " + n.input().name(), ctx.standard(n.input().shape()));
    Window w = ((Op.Conv2d) n.op()).window();
    ConvolutionCode code = code(rule, plan, n.input().shape());
    Padding padding = new Padding(w.kernelH() - 1 - w.padH(), w.kernelW() - 1 - w.padW());
    emit(
        n,
        "convolution backward_data",
        new Pass(code, plan, rule.tiling(), n.shape(), n.input().shape(), padding),
        dy,
        transformed,
        dx,
        new Fused(Optional.empty(), false, false));
    return dx;
  }

  private ConvolutionCode code(Rule rule, ConvolutionCode.Plan plan, Shape out) {
    return new ConvolutionCode(vectors, rule.tiling(), plan, ctx.batch(), out.dim(1), out.dim(2));
  }

  private record Padding(int top, int left) {}

  private record Pass(
      ConvolutionCode code,
      ConvolutionCode.Plan plan,
      Tiling tiling,
      Shape in,
      Shape out,
      Padding padding) {
    String implementation() {
      return "winograd " + tiling + " " + plan.products().label();
    }
  }

  private void convolve(
      Node n,
      String kind,
      Rule rule,
      ConvolutionCode.Plan plan,
      Tensor src,
      Tensor transformed,
      Tensor dst,
      Fused fused) {
    Window w = ((Op.Conv2d) n.op()).window();
    Pass pass =
        new Pass(
            code(rule, plan, n.shape()),
            plan,
            rule.tiling(),
            n.input().shape(),
            n.shape(),
            new Padding(w.padH(), w.padW()));
    emit(n, kind, pass, src, transformed, dst, fused);
  }

  private void emit(
      Node n, String kind, Pass pass, Tensor src, Tensor transformed, Tensor dst, Fused fused) {
    int threads = ctx.options().threads();
    Activation from = activation(0, src, pass.in());
    Activation to = activation(0, dst, pass.out());
    Tensor scratch =
        ctx.tensor(
            n.name() + " tiles",
            floats(pass.code().scratchBytes(threads, from.channels(), to.channels())));
    Tensor sourceTiles =
        table(pass.code().sourceTiles(from, pass.padding().top(), pass.padding().left()));
    Tensor destinationTiles = table(pass.code().destinationTiles(to));
    Tensor counter = ctx.tensor(n.name() + " counter", floats(CACHE_LINE));
    List<Tensor> operands =
        new ArrayList<>(
            List.of(src, transformed, dst, scratch, sourceTiles, destinationTiles, counter));
    fused.bias().ifPresent(operands::add);
    ctx.step()
        .kernel(
            n.name(),
            kind,
            pass.implementation(),
            operands,
            memory -> {
              long bias = fused.bias().map(memory::address).orElse(0L);
              byte[] code =
                  pass.code()
                      .assemble(
                          activation(memory.address(src), src, pass.in()),
                          activation(memory.address(dst), dst, pass.out()),
                          new Epilogue(bias, fused.add(), fused.relu()),
                          new ConvolutionCode.Addresses(
                              memory.address(sourceTiles),
                              memory.address(destinationTiles),
                              memory.address(transformed),
                              memory.address(scratch),
                              memory.address(counter)),
                          functions());
              MachineCode machineCode = new MachineCode(ctx.owner(), code);
              ByteBuffer blocks = memory.bytes(counter);
              Team by = team.orElseThrow();
              return step -> {
                blocks.putLong(0, 0);
                by.run(machineCode, threads);
              };
            });
  }

  /** Computes the gradients of weight and bias. */
  void weightGradient(Node n, Rule rule, WeightGradientCode.Plan plan, Tensor src, Tensor dy) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    Window w = ((Op.Conv2d) n.op()).window();
    MemoryDesc wanted = weightsLayout(ParameterLayout.dims(weight));
    Tensor gradient = weights.gradient(weight);
    boolean direct = gradient.desc().sameAs(wanted);
    Tensor result = direct ? gradient : ctx.tensor(n.name() + " gradient of weights", wanted);
    Optional<Tensor> bias = n.param(Role.BIAS).map(weights::gradient);
    WeightGradientCode code =
        new WeightGradientCode(
            vectors,
            rule.tiling(),
            plan,
            activation(0, src, n.input().shape()),
            activation(0, dy, n.shape()),
            w.padH(),
            w.padW());
    int threads = ctx.options().threads();
    Tensor scratch = ctx.tensor(n.name() + " tiles", floats(code.scratchBytes(threads)));
    Tensor sourceTiles = table(code.sourceTiles());
    Tensor gradientTiles = table(code.gradientTiles());
    List<Tensor> operands =
        new ArrayList<>(List.of(src, dy, result, scratch, sourceTiles, gradientTiles));
    bias.ifPresent(operands::add);
    ctx.step()
        .kernel(
            n.name(),
            "convolution backward_weights",
            "winograd " + rule.tiling() + " " + plan.products().label(),
            operands,
            memory -> {
              byte[] bytes =
                  new WeightGradientCode(
                          vectors,
                          rule.tiling(),
                          plan,
                          activation(memory.address(src), src, n.input().shape()),
                          activation(memory.address(dy), dy, n.shape()),
                          w.padH(),
                          w.padW())
                      .assemble(
                          new WeightGradientCode.Addresses(
                              memory.address(sourceTiles),
                              memory.address(gradientTiles),
                              memory.address(scratch),
                              memory.address(result),
                              bias.map(memory::address).orElse(0L)),
                          functions());
              MachineCode machineCode = new MachineCode(ctx.owner(), bytes);
              Team by = team.orElseThrow();
              return step -> by.run(machineCode, threads);
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
          Team by = team.orElseThrow();
          return step -> by.run(machineCode, threads);
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
