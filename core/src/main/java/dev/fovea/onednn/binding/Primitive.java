package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;

import java.util.Map;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Pointer;

/** The generated code of one operation; freed by its owner. */
public final class Primitive {
  private final Owner owner;
  private final dnnl_primitive handle;

  Primitive(Owner owner, dnnl_primitive handle) {
    this.owner = owner;
    this.handle = handle;
  }

  /** A tensor as an operand: its descriptor and its address. */
  public record Operand(MemoryDesc desc, long address) {}

  /** The code bound to its operands, ready to run. */
  public final class Call {
    private final dnnl_exec_arg_t args;
    private final int count;
    private final dnnl_stream stream = NativeLibrary.get().stream();

    private Call(Map<Arg, Operand> operands) {
      this.count = operands.size();
      this.args = new dnnl_exec_arg_t(Math.max(count, 1));
      owner.own(args::deallocate);
      int i = 0;
      for (Map.Entry<Arg, Operand> e : operands.entrySet()) {
        args.position(i++).arg(e.getKey().id()).memory(memory(e.getValue()));
      }
      args.position(0);
    }

    /**
     * Runs the primitive on the calling thread and those of OpenMP.
     *
     * @throws NativeException if oneDNN reports an error
     */
    public void run() {
      int status = dnnl_primitive_execute(handle, stream, count, args);
      if (status != 0) {
        NativeLibrary.check("dnnl_primitive_execute", status);
      }
    }
  }

  /** Binds operands; their memory must stay valid as long as the call is used. */
  public Call bind(Map<Arg, Operand> operands) {
    return new Call(operands);
  }

  private dnnl_memory memory(Operand operand) {
    dnnl_memory memory =
        NativeLibrary.create(
            "dnnl_memory_create",
            dnnl_memory.class,
            out ->
                dnnl_memory_create(
                    out,
                    operand.desc().handle(),
                    NativeLibrary.get().engine(),
                    new Address(operand.address())));
    owner.own(() -> dnnl_memory_destroy(memory));
    return memory;
  }

  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
