package dev.fovea.onednn;

import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Primitive;
import dev.fovea.program.ProgramReport;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One entry of an {@link InstructionList}: a primitive of oneDNN or a kernel in Java, over tensors
 * that have no address yet.
 */
sealed interface Instruction {

  /** Which node it belongs to, what it does, and whose code it is. */
  ProgramReport.Primitive description();

  /** All tensors it reads, writes or works in; their buffers live while it runs. */
  Collection<Tensor> operands();

  /** The instruction with its operands' addresses, ready to run. */
  Call bind(ProgramMemory memory);

  /** A bound instruction. */
  interface Call {
    /** Runs on the calling thread, and on further ones if the instruction uses several. */
    void run(StepRun step);
  }

  /** Work in Java; makes a call once it is told where its tensors lie. */
  interface Kernel {
    Call bind(ProgramMemory memory);
  }

  /** A primitive of oneDNN. */
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

  /** A kernel in Java. */
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
