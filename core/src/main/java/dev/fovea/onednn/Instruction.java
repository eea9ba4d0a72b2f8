package dev.fovea.onednn;

import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Primitive;
import dev.fovea.program.ProgramReport;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An entry of an {@link InstructionList}: a oneDNN primitive or a Java kernel, over tensors that
 * have no address yet.
 */
sealed interface Instruction {

  /** The node it belongs to, what it does, and which implementation runs it. */
  ProgramReport.Primitive description();

  /** All tensors it reads, writes or uses as scratchpad; their buffers are live while it runs. */
  Collection<Tensor> operands();

  /** Binds the operands to their addresses. */
  Call bind(ProgramMemory memory);

  /** A bound instruction. */
  interface Call {
    /** Runs on the calling thread, and on others if the instruction is multithreaded. */
    void run(StepRun step);
  }

  /** Java code that becomes a call once the addresses of its tensors are known. */
  interface Kernel {
    Call bind(ProgramMemory memory);
  }

  /** A oneDNN primitive. */
  record OneDnn(
      ProgramReport.Primitive description, Primitive primitive, Map<Arg, Tensor> arguments)
      implements Instruction {
    @Override
    public Collection<Tensor> operands() {
      return arguments.values();
    }

    @Override
    public Call bind(ProgramMemory memory) {
      Map<Arg, Primitive.Operand> bound = new LinkedHashMap<>();
      arguments.forEach((arg, tensor) -> bound.put(arg, memory.operand(tensor)));
      Primitive.Call call = primitive.bind(bound);
      return step -> call.run();
    }
  }

  /** A Java kernel. */
  record Java(ProgramReport.Primitive description, List<Tensor> operands, Kernel kernel)
      implements Instruction {
    /** Copies the list. */
    public Java {
      operands = List.copyOf(operands);
    }

    @Override
    public Call bind(ProgramMemory memory) {
      return kernel.bind(memory);
    }
  }
}
