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
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_inner_blks;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_inner_idxs;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_inner_nblks_s32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_submemory_offset_s64;
import static org.bytedeco.dnnl.global.dnnl.dnnl_s8;
import static org.bytedeco.dnnl.global.dnnl.dnnl_u8;

import dev.fovea.tensor.DType;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;

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
    int dataType = code(type);
    return new MemoryDesc(
        owner,
        NativeLibrary.create(
            "dnnl_memory_desc_create_with_tag",
            dnnl_memory_desc.class,
            out ->
                dnnl_memory_desc_create_with_tag(out, dims.length, dims, dataType, layout.tag())));
  }

  static int code(DType type) {
    return switch (type) {
      case F32 -> dnnl_f32;
      case BF16 -> dnnl_bf16;
      case U8 -> dnnl_u8;
      case S8 -> dnnl_s8;
      case F64 -> throw new IllegalArgumentException("there are no primitives for " + type);
    };
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

  /**
   * Where the elements of a tensor (N, C, H, W) in blocks of channels lie; all in elements.
   *
   * @param offset of the first element
   * @param image between images
   * @param block between blocks of channels
   * @param row between rows
   */
  public record ChannelBlocks(long offset, long image, long block, long row) {}

  /** The strides, if the layout is blocks of {@code size} channels with dense rows. */
  public Optional<ChannelBlocks> channelBlocks(int size) {
    long[] strides = numbers(dnnl_query_strides, 4);
    boolean blocked =
        number(dnnl_query_inner_nblks_s32) == 1
            && numbers(dnnl_query_inner_blks, 1)[0] == size
            && numbers(dnnl_query_inner_idxs, 1)[0] == 1
            && strides[3] == size;
    return blocked
        ? Optional.of(new ChannelBlocks(offset(), strides[0], strides[1], strides[2]))
        : Optional.empty();
  }

  private long[] numbers(int query, int count) {
    try (PointerPointer<LongPointer> out = new PointerPointer<>(1)) {
      NativeLibrary.check("dnnl_memory_desc_query", dnnl_memory_desc_query(handle, query, out));
      long[] values = new long[count];
      out.get(LongPointer.class, 0).get(values);
      return values;
    }
  }

  private int number(int query) {
    try (IntPointer out = new IntPointer(1)) {
      NativeLibrary.check("dnnl_memory_desc_query", dnnl_memory_desc_query(handle, query, out));
      return out.get();
    }
  }

  private long offset() {
    try (LongPointer out = new LongPointer(1)) {
      NativeLibrary.check(
          "dnnl_memory_desc_query",
          dnnl_memory_desc_query(handle, dnnl_query_submemory_offset_s64, out));
      return out.get();
    }
  }

  /** Whether both describe the same dimensions, format and layout. */
  public boolean sameAs(MemoryDesc other) {
    return dnnl_memory_desc_equal(handle, other.handle) != 0;
  }

  dnnl_memory_desc handle() {
    return handle;
  }
}
