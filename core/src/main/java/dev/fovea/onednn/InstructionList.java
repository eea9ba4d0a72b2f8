package dev.fovea.onednn;

import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.Primitive;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.ProgramReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The flat list that a program runs: primitives of oneDNN and, between them, steps in Java.
 *
 * <p>Recorded while a graph is lowered; bound to memory once, when the plan has given every buffer
 * its address.
 */
final class InstructionList {

  /** Work in Java; runs on the calling thread. */
  interface HostStep {
    void run();
  }

  private record Entry(
      ProgramReport.Primitive what,
      @org.jspecify.annotations.Nullable Primitive primitive,
      Map<Arg, Tensor> operands,
      HostStep host) {}

  private final MemoryPlan plan;
  private final boolean repeated;
  private final List<Entry> entries = new ArrayList<>();
  private HostStep[] bound = {};

  /**
   * An empty tape.
   *
   * @param repeated whether it is the step itself, whose buffers share the arena; other tapes run
   *     at other times and only work on lasting buffers
   */
  InstructionList(MemoryPlan plan, boolean repeated) {
    this.plan = plan;
    this.repeated = repeated;
  }

  /** Records a primitive; its work area is added to the operands. */
  void primitive(String node, String kind, PrimitiveDesc pd, Map<Arg, Tensor> operands) {
    Map<Arg, Tensor> all = new LinkedHashMap<>(operands);
    MemoryDesc scratch = pd.scratchpad();
    if (scratch.size() > 0) {
      String purpose = node + " scratchpad";
      Buffer b =
          repeated
              ? plan.buffer(purpose, scratch.size())
              : plan.lastingBuffer(purpose, scratch.size());
      all.put(Arg.SCRATCHPAD, new Tensor(scratch, b));
    }
    all.values().forEach(t -> t.buffer().usedAt(entries.size()));
    entries.add(
        new Entry(
            new ProgramReport.Primitive(node, kind, pd.implementation()),
            pd.primitive(),
            all,
            () -> {}));
  }

  /** Records a step in Java that touches {@code tensors}. */
  void host(String node, String kind, List<Tensor> tensors, HostStep step) {
    tensors.forEach(t -> t.buffer().usedAt(entries.size()));
    entries.add(new Entry(new ProgramReport.Primitive(node, kind, "java"), null, Map.of(), step));
  }

  /** The number of entries so far, which is the index of the next. */
  int size() {
    return entries.size();
  }

  /** Fixes all addresses. */
  void bind() {
    bound = new HostStep[entries.size()];
    for (int i = 0; i < bound.length; i++) {
      Entry e = entries.get(i);
      if (e.primitive() == null) {
        bound[i] = e.host();
      } else {
        Map<Arg, Primitive.Operand> operands = new LinkedHashMap<>();
        e.operands().forEach((arg, t) -> operands.put(arg, t.operand()));
        bound[i] = e.primitive().bind(operands)::run;
      }
    }
  }

  /** Runs everything in order. */
  void run() {
    run(bound.length);
  }

  /** Runs the first {@code count} entries. */
  void run(int count) {
    for (int i = 0; i < count; i++) {
      bound[i].run();
    }
  }

  /** Runs everything in order and adds the nanoseconds of each entry to {@code nanos}. */
  void run(long[] nanos) {
    for (int i = 0; i < bound.length; i++) {
      long start = System.nanoTime();
      bound[i].run();
      nanos[i] += System.nanoTime() - start;
    }
  }

  /** What the entries are, in order. */
  List<ProgramReport.Primitive> report() {
    return entries.stream().map(Entry::what).toList();
  }
}
