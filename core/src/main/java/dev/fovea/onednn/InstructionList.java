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
 * The flat list of oneDNN primitives and Java kernels that a program is lowered to. Once memory is
 * laid out, it is bound to an {@link Executable}.
 */
final class InstructionList {
  private final MemoryPlan plan;
  private final Buffer.Storage scratch;
  private final List<Instruction> instructions = new ArrayList<>();

  /**
   * Creates an empty list.
   *
   * @param scratch storage of scratchpads: the arena for the step, whose buffers share it;
   *     persistent memory for lists that run at other times
   */
  InstructionList(MemoryPlan plan, Buffer.Storage scratch) {
    this.plan = plan;
    this.scratch = scratch;
  }

  /** Appends a primitive; its scratchpad is added to the arguments. */
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

  /** Appends a Java kernel that accesses only {@code tensors}. */
  void kernel(String node, String kind, List<Tensor> tensors, Instruction.Kernel kernel) {
    kernel(node, kind, "java", tensors, kernel);
  }

  /** Appends a kernel that accesses only {@code tensors} and is implemented in its own way. */
  void kernel(
      String node,
      String kind,
      String implementation,
      List<Tensor> tensors,
      Instruction.Kernel kernel) {
    instructions.add(
        new Instruction.Java(
            new ProgramReport.Primitive(node, kind, implementation), tensors, kernel));
  }

  /** The number of instructions so far: the index of the next one. */
  int size() {
    return instructions.size();
  }

  /** The instructions in order; a view. */
  List<Instruction> instructions() {
    return Collections.unmodifiableList(instructions);
  }

  /** Binds all instructions to their addresses. */
  Executable bind(ProgramMemory memory) {
    return new Executable(
        instructions.stream().map(i -> i.bind(memory)).toArray(Instruction.Call[]::new));
  }

  /** Descriptions of the instructions, in order. */
  List<ProgramReport.Primitive> report() {
    return instructions.stream().map(Instruction::description).toList();
  }
}
