package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_src_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_diff_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_dst_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_impl_info_str;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_src_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_weights_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_workspace_md;

import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * A primitive descriptor: an operation with shapes, formats and the chosen implementation; freed by
 * its owner.
 */
public final class PrimitiveDesc {
  private final Owner owner;
  private final dnnl_primitive_desc handle;

  PrimitiveDesc(Owner owner, dnnl_primitive_desc handle) {
    this.owner = owner;
    this.handle = handle;
    owner.own(() -> dnnl_primitive_desc_destroy(handle));
  }

  /** oneDNN's name for the implementation, for example {@code brgconv:avx512_core}. */
  public String implementation() {
    try (PointerPointer<BytePointer> out = new PointerPointer<>(1)) {
      NativeLibrary.check(
          "dnnl_primitive_desc_query",
          dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, out));
      return out.get(BytePointer.class, 0).getString();
    }
  }

  /** Whether the implementation is one of oneDNN's slow reference loops. */
  public boolean isReference() {
    return implementation().startsWith("ref");
  }

  /** The descriptor of the source. */
  public MemoryDesc src() {
    return query(dnnl_query_src_md, 0);
  }

  /** The descriptor of the weights. */
  public MemoryDesc weights() {
    return query(dnnl_query_weights_md, 0);
  }

  /** The descriptor of the destination. */
  public MemoryDesc dst() {
    return query(dnnl_query_dst_md, 0);
  }

  /** The descriptor of the source's gradient. */
  public MemoryDesc diffSrc() {
    return query(dnnl_query_diff_src_md, 0);
  }

  /** The descriptor of the weights' gradient. */
  public MemoryDesc diffWeights() {
    return query(dnnl_query_diff_weights_md, 0);
  }

  /** The descriptor of the destination's gradient. */
  public MemoryDesc diffDst() {
    return query(dnnl_query_diff_dst_md, 0);
  }

  /**
   * The descriptor of the workspace, which the forward pass saves for the backward pass; size 0 if
   * none is needed.
   */
  public MemoryDesc workspace() {
    return query(dnnl_query_workspace_md, 0);
  }

  /** The descriptor of the scratchpad; size 0 if none is needed. */
  public MemoryDesc scratchpad() {
    return query(dnnl_query_scratchpad_md, 0);
  }

  private MemoryDesc query(int what, int index) {
    dnnl_memory_desc borrowed = dnnl_primitive_desc_query_md(handle, what, index);
    return MemoryDesc.copyOf(owner, borrowed);
  }

  /** Generates the code. */
  public Primitive primitive() {
    dnnl_primitive primitive =
        NativeLibrary.create(
            "dnnl_primitive_create",
            dnnl_primitive.class,
            out -> dnnl_primitive_create(out, handle));
    owner.own(() -> dnnl_primitive_destroy(primitive));
    return new Primitive(owner, primitive);
  }

  dnnl_primitive_desc handle() {
    return handle;
  }
}
