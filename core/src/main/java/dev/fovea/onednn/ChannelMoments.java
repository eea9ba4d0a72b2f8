package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.normalization.MomentsCode;
import dev.fovea.onednn.binding.MachineCode;
import dev.fovea.onednn.binding.MemoryDesc.ChannelBlocks;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Team;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.x86.VectorWidth;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/** Lowers the mean and variance of every channel of a batch to machine code of our own. */
final class ChannelMoments {
  private static final int CACHE_LINE = 64;

  private final LoweringContext ctx;
  private final Optional<Team> team;

  ChannelMoments(LoweringContext ctx) {
    this.ctx = ctx;
    this.team = NativeLibrary.get().team();
  }

  /**
   * Computes them, if there is code for the layout of {@code x} on this machine.
   *
   * @param mean one number per channel
   * @param variance one number per channel, over the number of values
   * @return false if nothing was lowered
   */
  boolean lower(Node n, Tensor x, Tensor mean, Tensor variance) {
    Optional<ChannelBlocks> layout =
        n.shape().rank() == 3 ? x.desc().channelBlocks(ctx.block()) : Optional.empty();
    boolean possible =
        OneDnnBackend.support(NativeLibrary.get().isa(), team.isPresent()).available()
            && ctx.options().convolution() != ConvolutionAlgorithm.DIRECT;
    if (!possible || layout.isEmpty()) {
      return false;
    }
    lower(n, x, layout.get(), mean, variance);
    return true;
  }

  private void lower(Node n, Tensor x, ChannelBlocks layout, Tensor mean, Tensor variance) {
    int bytes = ctx.type().bytes();
    MomentsCode code =
        new MomentsCode(
            ctx.block() == VectorWidth.ZMM.floats() ? VectorWidth.ZMM : VectorWidth.YMM,
            ctx.type(),
            ctx.batch(),
            (n.shape().dim(0) + ctx.block() - 1) / ctx.block(),
            n.shape().dim(1) * n.shape().dim(2),
            layout.image() * bytes,
            layout.block() * bytes);
    Tensor results = bytes(n.name() + " moments of parts", code.resultBytes());
    Tensor counter = bytes(n.name() + " next part", CACHE_LINE);
    Instruction.Kernel kernel =
        memory -> {
          byte[] function =
              code.assemble(
                  memory.address(x) + layout.offset() * bytes,
                  memory.address(results),
                  memory.address(counter));
          MachineCode machineCode = new MachineCode(ctx.owner(), function);
          ByteBuffer next = memory.bytes(counter);
          FloatBuffer ofParts = memory.floats(results);
          FloatBuffer means = memory.floats(mean);
          FloatBuffer variances = memory.floats(variance);
          Team workers = team.orElseThrow();
          int threads = ctx.options().threads();
          PartMoments parts = new PartMoments(code, n.shape().dim(0));
          return step -> {
            next.putLong(0, 0);
            workers.run(machineCode, threads);
            parts.join(ofParts, means, variances);
          };
        };
    ctx.step()
        .kernel(
            n.name(),
            "batch_normalization statistics",
            "moments of parts",
            List.of(x, results, counter, mean, variance),
            kernel);
  }

  private Tensor bytes(String purpose, long count) {
    return ctx.tensor(purpose, ctx.vector(Math.toIntExact(count / Float.BYTES)));
  }
}
