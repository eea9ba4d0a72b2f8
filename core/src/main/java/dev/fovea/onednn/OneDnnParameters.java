package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.NativeMemory;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.onednn.binding.Primitive;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A parameter set in binary32, in one block outside the Java heap. */
final class OneDnnParameters implements ParameterSet {
  private final Owner owner;
  private final ParameterLayout layout;
  private final NativeMemory memory;
  private final Set<ParamSpec> specs = new LinkedHashSet<>();
  private @Nullable Owner descriptors;
  private long version;

  /**
   * Allocates a zero-filled set.
   *
   * @param layout the layout, which must outlive this set
   */
  OneDnnParameters(String purpose, ParameterLayout layout, Predicate<ParamSpec> wanted) {
    this.owner = new Owner(purpose);
    this.layout = layout;
    for (ParameterLayout.Slot slot : layout.slots()) {
      if (wanted.test(slot.spec())) {
        specs.add(slot.spec());
      }
    }
    try {
      this.memory = new NativeMemory(owner, Math.max(layout.bytes(), 64));
    } catch (RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  /** Allocates a set in row-major layout that frees its descriptors itself. */
  static OneDnnParameters withOwnLayout(Owner descriptors, Graph graph) {
    try {
      ParameterLayout layout = ParameterLayout.plain(descriptors, graph);
      OneDnnParameters set =
          new OneDnnParameters("parameters of " + graph.name(), layout, p -> true);
      set.descriptors = descriptors;
      return set;
    } catch (RuntimeException e) {
      descriptors.close();
      throw e;
    }
  }

  ParameterLayout layout() {
    return layout;
  }

  /**
   * A version that increases whenever values may have changed, so that values derived from them can
   * be recomputed.
   */
  long version() {
    return version;
  }

  /** Marks the values as changed. */
  void markChanged() {
    version++;
  }

  boolean holds(ParamSpec spec) {
    return specs.contains(spec);
  }

  long address(String name) {
    return memory.address() + layout.slot(name).offset();
  }

  long bytes() {
    return memory.size();
  }

  /** A view of one parameter's elements in native layout, padding included. */
  FloatBuffer raw(ParameterLayout.Slot slot) {
    requireOpen();
    return memory.view(slot.offset(), Math.toIntExact(slot.desc().size())).asFloatBuffer();
  }

  /** A view of neighboring parameters, with everything between them. */
  FloatBuffer raw(ParameterLayout.Slot first, ParameterLayout.Slot last) {
    requireOpen();
    long bytes = last.offset() + last.desc().size() - first.offset();
    return memory.view(first.offset(), Math.toIntExact(bytes)).asFloatBuffer();
  }

  @Override
  public List<ParamSpec> specs() {
    return List.copyOf(specs);
  }

  @Override
  public float[] read(String name) {
    ParameterLayout.Slot slot = slotOf(name);
    float[] values = new float[Math.toIntExact(slot.spec().shape().elements())];
    try (Owner temporary = new Owner("reading " + name)) {
      NativeMemory staging = new NativeMemory(temporary, 4L * values.length);
      MemoryDesc plain = plainLike(temporary, slot);
      copy(temporary, slot.desc(), address(name), plain, staging.address());
      staging.view(0, 4 * values.length).asFloatBuffer().get(values);
    }
    return values;
  }

  @Override
  public void write(String name, float[] values) {
    ParameterLayout.Slot slot = slotOf(name);
    if (values.length != slot.spec().shape().elements()) {
      throw new IllegalArgumentException(
          "parameter '"
              + name
              + "' has shape "
              + slot.spec().shape()
              + ", got "
              + values.length
              + " values");
    }
    try (Owner temporary = new Owner("writing " + name)) {
      NativeMemory staging = new NativeMemory(temporary, 4L * values.length);
      staging.view(0, 4 * values.length).asFloatBuffer().put(values);
      copy(temporary, plainLike(temporary, slot), staging.address(), slot.desc(), address(name));
    }
    markChanged();
  }

  private ParameterLayout.Slot slotOf(String name) {
    requireOpen();
    ParameterLayout.Slot slot = layout.slot(name);
    if (!holds(slot.spec())) {
      throw new IllegalArgumentException("parameter '" + name + "' is not part of this set");
    }
    return slot;
  }

  private static MemoryDesc plainLike(Owner owner, ParameterLayout.Slot slot) {
    return ParameterLayout.plainDesc(owner, slot.dims(), DType.F32);
  }

  private static void copy(Owner owner, MemoryDesc from, long source, MemoryDesc to, long target) {
    new Descriptions(owner)
        .reorder(from, to)
        .primitive()
        .bind(
            Map.of(
                Arg.SRC,
                new Primitive.Operand(from, source),
                Arg.DST,
                new Primitive.Operand(to, target)))
        .run();
  }

  void requireOpen() {
    if (owner.closed()) {
      throw new IllegalStateException(
          "these parameters are closed; the program that owned them is gone");
    }
  }

  @Override
  public void close() {
    owner.close();
    if (descriptors != null) {
      descriptors.close();
    }
  }
}
