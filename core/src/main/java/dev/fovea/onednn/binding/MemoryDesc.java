package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_clone;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_submemory;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_permute_axes;

import dev.fovea.tensor.DType;
import org.bytedeco.dnnl.dnnl_memory_desc;

/**
 * A memory descriptor: dimensions, number format and layout of a tensor; immutable, freed by its
 * owner.
 */
public final class MemoryDesc {
  private final dnnl_memory_desc handle;
  private final long size;

  private MemoryDesc(Owner owner, dnnl_memory_desc handle) {
    this.handle = handle;
    this.size = dnnl_memory_desc_get_size(handle);
    owner.own(() -> dnnl_memory_desc_destroy(handle));
  }

  /** Creates a descriptor with a named layout. */
  public static MemoryDesc of(Owner owner, long[] dims, DType type, Layout layout) {
    int dataType = type == DType.BF16 ? dnnl_bf16 : dnnl_f32;
    return new MemoryDesc(
        owner,
        NativeLibrary.create(
            "dnnl_memory_desc_create_with_tag",
            dnnl_memory_desc.class,
            out ->
                dnnl_memory_desc_create_with_tag(out, dims.length, dims, dataType, layout.tag())));
  }

  /**
   * Describes a slice of {@code whole} with the same strides; its memory has the address of the
   * whole.
   *
   * @throws NativeException if the slice does not consist of whole blocks
   */
  public static MemoryDesc part(Owner owner, MemoryDesc whole, long[] dims, long[] offsets) {
    return new MemoryDesc(
        owner,
        NativeLibrary.create(
            "dnnl_memory_desc_create_submemory",
            dnnl_memory_desc.class,
            out -> dnnl_memory_desc_create_submemory(out, whole.handle, dims, offsets)));
  }

  /** Describes the same memory with the first two of four dimensions swapped. */
  public static MemoryDesc transposed(Owner owner, MemoryDesc desc) {
    return new MemoryDesc(
        owner,
        NativeLibrary.create(
            "dnnl_memory_desc_permute_axes",
            dnnl_memory_desc.class,
            out -> dnnl_memory_desc_permute_axes(out, desc.handle, new int[] {1, 0, 2, 3})));
  }

  static MemoryDesc copyOf(Owner owner, dnnl_memory_desc borrowed) {
    return new MemoryDesc(
        owner,
        NativeLibrary.create(
            "dnnl_memory_desc_clone",
            dnnl_memory_desc.class,
            out -> dnnl_memory_desc_clone(out, borrowed)));
  }

  /** The size in bytes of such a tensor, padding included; 0 for an empty descriptor. */
  public long size() {
    return size;
  }

  /** Whether both describe the same dimensions, format and layout. */
  public boolean sameAs(MemoryDesc other) {
    return dnnl_memory_desc_equal(handle, other.handle) != 0;
  }

  dnnl_memory_desc handle() {
    return handle;
  }
}
