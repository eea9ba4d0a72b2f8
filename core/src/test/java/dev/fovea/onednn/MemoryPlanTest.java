package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.Buffer.Storage;
import dev.fovea.onednn.MemoryPlan.Life;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.passes.FuseRelu;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Buffers that are in use at the same time never share a byte, and the arena is no larger. */
class MemoryPlanTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void noTwoLiveBuffersOfARandomStepOverlap(long seed) {
    Random random = new Random(seed);
    try (Owner owner = new Owner("random step")) {
      MemoryPlan plan = new MemoryPlan();
      List<Tensor> tensors = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(120); i++) {
        Storage storage = random.nextInt(4) == 0 ? Storage.PERSISTENT : Storage.ARENA;
        tensors.add(tensor(owner, plan, 1 + random.nextInt(5000), storage));
      }
      InstructionList step = new InstructionList(plan, Storage.ARENA);
      for (int i = 0; i < 1 + random.nextInt(150); i++) {
        List<Tensor> operands = new ArrayList<>();
        for (int k = 0; k < 1 + random.nextInt(3); k++) {
          operands.add(tensors.get(random.nextInt(tensors.size())));
        }
        step.kernel("node", "kernel", operands, memory -> run -> {});
      }
      List<Tensor> results = List.of(tensors.get(random.nextInt(tensors.size())));
      List<Buffer> buffers = tensors.stream().map(Tensor::buffer).toList();
      check(buffers, step.instructions(), results, plan.layOut(step.instructions(), results));
    }
  }

  @ParameterizedTest
  @EnumSource(Memory.class)
  void noTwoLiveBuffersOfANetworkOverlap(Memory memory) {
    Graph graph = new FuseRelu().apply(Models.graph("googlenet", 10, Shape.of(3, 64, 64)));
    TrainingGraph training = Gradients.of(graph, new SoftmaxCrossEntropy(0));
    CompileOptions options = new CompileOptions(2, Precision.F32, memory, 1);
    try (Owner owner = new Owner("lowered network")) {
      LoweringContext ctx = new LoweringContext(owner, options, Purpose.TRAINING);
      Weights weights = new Weights(ctx, new ParameterLayout(), training.frozen());
      ForwardLowering.ForwardPass forward = ForwardLowering.lower(ctx, weights, graph);
      BackwardLowering.lower(ctx, weights, forward, training);
      List<Instruction> step = ctx.step().instructions();
      List<Buffer> buffers =
          step.stream()
              .flatMap(i -> i.operands().stream())
              .map(Tensor::buffer)
              .filter(b -> b.storage() == Storage.ARENA || b.storage() == Storage.PERSISTENT)
              .distinct()
              .toList();
      assertThat(buffers).hasSizeGreaterThan(200);
      MemoryLayout layout = ctx.layOut(List.of());
      check(buffers, step, List.of(), layout);
      long all =
          buffers.stream().filter(b -> b.storage() == Storage.ARENA).mapToLong(Buffer::size).sum();
      assertThat(layout.arenaBytes()).as("sharing saves half at least").isLessThan(all / 2);
    }
  }

  private static void check(
      List<Buffer> buffers, List<Instruction> step, List<Tensor> results, MemoryLayout layout) {
    Map<Buffer, Life> lives = MemoryPlan.lives(step, results);
    for (Buffer a : buffers) {
      boolean arena = a.storage() == Storage.ARENA;
      assertThat(layout.offset(a)).isNotNegative();
      assertThat(layout.offset(a) % MemoryLayout.ALIGNMENT).isZero();
      assertThat(layout.offset(a) + a.size())
          .isLessThanOrEqualTo(arena ? layout.arenaBytes() : layout.persistentBytes());
      for (Buffer b : buffers) {
        if (a != b && a.storage() == b.storage() && (!arena || liveTogether(a, b, lives))) {
          boolean apart =
              layout.offset(a) + a.size() <= layout.offset(b)
                  || layout.offset(b) + b.size() <= layout.offset(a);
          assertThat(apart).as("%s and %s lie apart", a, b).isTrue();
        }
      }
    }
    assertThat(layout.arenaBytes()).isGreaterThanOrEqualTo(mostAtOnce(buffers, lives, step.size()));
  }

  // Written anew, since what overlaps() says is part of what is tested.
  private static boolean liveTogether(Buffer a, Buffer b, Map<Buffer, Life> lives) {
    Life one = lives.get(a);
    Life other = lives.get(b);
    return one != null
        && other != null
        && Math.max(one.first(), other.first()) <= Math.min(one.last(), other.last());
  }

  private static long mostAtOnce(List<Buffer> buffers, Map<Buffer, Life> lives, int end) {
    long most = 0;
    for (int i = 0; i <= end; i++) {
      long now = 0;
      for (Buffer b : buffers) {
        Life life = lives.get(b);
        boolean live = life != null && life.first() <= i && i <= life.last();
        now += live && b.storage() == Storage.ARENA ? b.size() : 0;
      }
      most = Math.max(most, now);
    }
    return most;
  }

  @Test
  void buffersThatFollowEachOtherShareTheirBytes() {
    try (Owner owner = new Owner("chain")) {
      MemoryPlan plan = new MemoryPlan();
      InstructionList step = new InstructionList(plan, Storage.ARENA);
      Tensor before = tensor(owner, plan, 256, Storage.ARENA);
      for (int i = 0; i < 10; i++) {
        Tensor next = tensor(owner, plan, 256, Storage.ARENA);
        step.kernel("node", "kernel", List.of(before, next), memory -> run -> {});
        before = next;
      }
      assertThat(plan.layOut(step.instructions(), List.of()).arenaBytes()).isEqualTo(2 * 1024);
    }
  }

  @Test
  void whatIsReadAfterTheStepIsNotOverwrittenInIt() {
    try (Owner owner = new Owner("result")) {
      MemoryPlan plan = new MemoryPlan();
      InstructionList step = new InstructionList(plan, Storage.ARENA);
      Tensor result = tensor(owner, plan, 16, Storage.ARENA);
      Tensor later = tensor(owner, plan, 16, Storage.ARENA);
      step.kernel("node", "kernel", List.of(result), memory -> run -> {});
      step.kernel("node", "kernel", List.of(later), memory -> run -> {});
      assertThat(plan.layOut(step.instructions(), List.of()).arenaBytes()).isEqualTo(64);
      assertThat(plan.layOut(step.instructions(), List.of(result)).arenaBytes()).isEqualTo(128);
    }
  }

  @Test
  void stagingBuffersShareOneBlockThatNothingElseLiesIn() {
    try (Owner owner = new Owner("staging")) {
      MemoryPlan plan = new MemoryPlan();
      Tensor persistent = tensor(owner, plan, 16, Storage.PERSISTENT);
      Tensor small = tensor(owner, plan, 16, Storage.STAGING);
      Tensor large = tensor(owner, plan, 48, Storage.STAGING);
      MemoryLayout layout = plan.layOut(List.of(), List.of());
      assertThat(layout.offset(small.buffer())).isEqualTo(layout.offset(large.buffer())).isZero();
      assertThat(layout.offset(persistent.buffer())).isEqualTo(192);
      assertThat(layout.persistentBytes()).isEqualTo(256);
    }
  }

  @Test
  void aTensorThatDoesNotFitItsBufferIsRefused() {
    try (Owner owner = new Owner("views")) {
      Tensor t = tensor(owner, new MemoryPlan(), 16, Storage.ARENA);
      MemoryDesc half = MemoryDesc.of(owner, new long[] {8}, DType.F32, Layout.A);
      assertThat(t.viewedAs(half, 32).viewedAs(half).offset()).isEqualTo(32);
      assertThatThrownBy(() -> t.viewedAs(half, 36))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("does not lie inside");
      assertThatThrownBy(() -> t.viewedAs(half, 32).viewedAs(t.desc()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static Tensor tensor(Owner owner, MemoryPlan plan, int floats, Storage storage) {
    MemoryDesc desc = MemoryDesc.of(owner, new long[] {floats}, DType.F32, Layout.A);
    return new Tensor(desc, plan.buffer("buffer of " + floats, desc.size(), storage));
  }
}
