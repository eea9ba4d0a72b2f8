package dev.fovea.onednn;

import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.ProgramReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The flat list that a program is lowered to: primitives of oneDNN and, between them, kernels in
 * Java. Once memory is laid out, it is bound to an {@link Executable}.
 */
final class InstructionList {
  private final MemoryPlan plan;
  private final Buffer.Storage scratch;
  private final List<Instruction> instructions = new ArrayList<>();

  /**
   * An empty list.
   *
   * @param scratch where work areas of primitives lie: in the arena for the step, whose buffers
   *     share it; in lasting memory for lists that run at other times
   */
  InstructionList(MemoryPlan plan, Buffer.Storage scratch) {
    this.plan = plan;
    this.scratch = scratch;
  }

  /** Adds a primitive; its work area is added to the arguments. */
  void primitive(String node, String kind, PrimitiveDesc pd, Map<Arg, Tensor> arguments) {
    Map<Arg, Tensor> all = new LinkedHashMap<>(arguments);
    MemoryDesc work = pd.scratchpad();
    if (work.size() > 0) {
      Buffer buffer = plan.buffer(node + " scratchpad", work.size(), scratch);
      all.put(Arg.SCRATCHPAD, new Tensor(work, buffer));
    }
    instructions.add(
        new Instruction.OneDnn(
            new ProgramReport.Primitive(node, kind, pd.implementation()), pd.primitive(), all));
  }

  /** Adds a kernel in Java that touches {@code tensors} and no others. */
  void kernel(String node, String kind, List<Tensor> tensors, Instruction.Kernel kernel) {
    instructions.add(
        new Instruction.Java(new ProgramReport.Primitive(node, kind, "java"), tensors, kernel));
  }

  /** The number of instructions so far, which is the index of the next. */
  int size() {
    return instructions.size();
  }

  /** The instructions in order; a view. */
  List<Instruction> instructions() {
    return Collections.unmodifiableList(instructions);
  }

  /** The instructions with their addresses, ready to run. */
  Executable bind(ProgramMemory memory) {
    return new Executable(
        instructions.stream().map(i -> i.bind(memory)).toArray(Instruction.Call[]::new));
  }

  /** What the instructions are, in order. */
  List<ProgramReport.Primitive> report() {
    return instructions.stream().map(Instruction::description).toList();
  }
}
