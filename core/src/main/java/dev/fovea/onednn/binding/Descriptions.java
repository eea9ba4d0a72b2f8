package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.*;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * Creates oneDNN primitive descriptors: one method per operation that Fovea uses.
 *
 * <p>Every method throws {@link NativeException} if oneDNN has no implementation for the operands.
 * Scratchpads are always the caller's (scratchpad mode user), because oneDNN's own would tie a
 * primitive to the thread that created it.
 */
public final class Descriptions {
  private final Owner owner;
  private final dnnl_engine engine = NativeLibrary.get().engine();

  /** Creates descriptors that belong to {@code owner}. */
  public Descriptions(Owner owner) {
    this.owner = owner;
  }

  /**
   * A window in oneDNN's terms: arrays of (height, width).
   *
   * @param kernel size in cells; used by pooling only
   * @param padEnd padding below and to the right, which may differ from {@code padStart}
   */
  public record Geometry(long[] kernel, long[] strides, long[] padStart, long[] padEnd) {
    private static final long[] DENSE = {0, 0};
  }

  /**
   * What is done to the operands and the result of a primitive.
   *
   * @param scales which arguments are multiplied by scales (the destination divided), each with the
   *     mask of the dimensions along which they differ; the scales are the arguments {@link
   *     Arg#scales}
   */
  public record Attributes(List<PostOp> postOps, Map<Arg, Integer> scales) {
    /** The mask of one scale for the whole tensor. */
    public static final int ONE = 0;
  }

  /** How pooling reduces a window. */
  public enum Pool {
    /** The maximum. */
    MAX(dnnl_pooling_max),
    /** The mean, counting padding. */
    MEAN_WITH_PADDING(dnnl_pooling_avg_include_padding),
    /** The mean, not counting padding. */
    MEAN_WITHOUT_PADDING(dnnl_pooling_avg_exclude_padding);

    private final int algorithm;

    Pool(int algorithm) {
      this.algorithm = algorithm;
    }
  }

  /** Options of a batch normalization with scale and shift, optionally followed by ReLU. */
  public record Norm(float epsilon, boolean relu, boolean givenStatistics) {
    private int flags() {
      return dnnl_use_scale
          | dnnl_use_shift
          | (relu ? dnnl_fuse_norm_relu : 0)
          | (givenStatistics ? dnnl_use_global_stats : 0);
    }
  }

  /** dst = src * weights + bias, then the post-operations. */
  public PrimitiveDesc convolution(
      boolean training,
      MemoryDesc src,
      MemoryDesc weights,
      @Nullable MemoryDesc bias,
      MemoryDesc dst,
      Geometry g,
      List<PostOp> postOps) {
    return convolution(training, src, weights, bias, dst, g, new Attributes(postOps, Map.of()));
  }

  private PrimitiveDesc convolution(
      boolean training,
      MemoryDesc src,
      MemoryDesc weights,
      @Nullable MemoryDesc bias,
      MemoryDesc dst,
      Geometry g,
      Attributes attributes) {
    return describe(
        "convolution forward",
        attributes,
        (out, attr) ->
            dnnl_convolution_forward_primitive_desc_create(
                out,
                engine,
                forward(training),
                dnnl_convolution_direct,
                src.handle(),
                weights.handle(),
                orNull(bias),
                dst.handle(),
                g.strides,
                Geometry.DENSE,
                g.padStart,
                g.padEnd,
                attr));
  }

  /** The same of scaled integers, in inference. */
  public PrimitiveDesc convolution(
      MemoryDesc src,
      MemoryDesc weights,
      MemoryDesc bias,
      MemoryDesc dst,
      Geometry g,
      Attributes attributes) {
    return convolution(false, src, weights, bias, dst, g, attributes);
  }

  /** The gradient of a convolution's source. */
  public PrimitiveDesc convolutionData(
      MemoryDesc diffSrc,
      MemoryDesc weights,
      MemoryDesc diffDst,
      Geometry g,
      PrimitiveDesc forward) {
    return describe(
        "convolution backward_data",
        List.of(),
        (out, attr) ->
            dnnl_convolution_backward_data_primitive_desc_create(
                out,
                engine,
                dnnl_convolution_direct,
                diffSrc.handle(),
                weights.handle(),
                diffDst.handle(),
                g.strides,
                Geometry.DENSE,
                g.padStart,
                g.padEnd,
                forward.handle(),
                attr));
  }

  /** The gradients of a convolution's weights and bias. */
  public PrimitiveDesc convolutionWeights(
      MemoryDesc src,
      MemoryDesc diffWeights,
      @Nullable MemoryDesc diffBias,
      MemoryDesc diffDst,
      Geometry g,
      PrimitiveDesc forward) {
    return describe(
        "convolution backward_weights",
        List.of(),
        (out, attr) ->
            dnnl_convolution_backward_weights_primitive_desc_create(
                out,
                engine,
                dnnl_convolution_direct,
                src.handle(),
                diffWeights.handle(),
                orNull(diffBias),
                diffDst.handle(),
                g.strides,
                Geometry.DENSE,
                g.padStart,
                g.padEnd,
                forward.handle(),
                attr));
  }

  /** dst = src · weightsᵀ + bias. */
  public PrimitiveDesc innerProduct(
      boolean training,
      MemoryDesc src,
      MemoryDesc weights,
      @Nullable MemoryDesc bias,
      MemoryDesc dst) {
    return innerProduct(training, src, weights, bias, dst, new Attributes(List.of(), Map.of()));
  }

  /** The same with attributes. */
  public PrimitiveDesc innerProduct(
      boolean training,
      MemoryDesc src,
      MemoryDesc weights,
      @Nullable MemoryDesc bias,
      MemoryDesc dst,
      Attributes attributes) {
    return describe(
        "inner_product forward",
        attributes,
        (out, attr) ->
            dnnl_inner_product_forward_primitive_desc_create(
                out,
                engine,
                forward(training),
                src.handle(),
                weights.handle(),
                orNull(bias),
                dst.handle(),
                attr));
  }

  /** The gradient of an inner product's source. */
  public PrimitiveDesc innerProductData(
      MemoryDesc diffSrc, MemoryDesc weights, MemoryDesc diffDst, PrimitiveDesc forward) {
    return describe(
        "inner_product backward_data",
        List.of(),
        (out, attr) ->
            dnnl_inner_product_backward_data_primitive_desc_create(
                out,
                engine,
                diffSrc.handle(),
                weights.handle(),
                diffDst.handle(),
                forward.handle(),
                attr));
  }

  /** The gradients of an inner product's weights and bias. */
  public PrimitiveDesc innerProductWeights(
      MemoryDesc src,
      MemoryDesc diffWeights,
      @Nullable MemoryDesc diffBias,
      MemoryDesc diffDst,
      PrimitiveDesc forward) {
    return describe(
        "inner_product backward_weights",
        List.of(),
        (out, attr) ->
            dnnl_inner_product_backward_weights_primitive_desc_create(
                out,
                engine,
                src.handle(),
                diffWeights.handle(),
                orNull(diffBias),
                diffDst.handle(),
                forward.handle(),
                attr));
  }

  /** A matrix product dst = a · b. */
  public PrimitiveDesc matmul(MemoryDesc a, MemoryDesc b, MemoryDesc dst) {
    return describe(
        "matmul",
        List.of(),
        (out, attr) ->
            dnnl_matmul_primitive_desc_create(
                out, engine, a.handle(), b.handle(), null, dst.handle(), attr));
  }

  /** Batch normalization. */
  public PrimitiveDesc batchNorm(boolean training, MemoryDesc src, MemoryDesc dst, Norm norm) {
    return describe(
        "batch_normalization forward",
        List.of(),
        (out, attr) ->
            dnnl_batch_normalization_forward_primitive_desc_create(
                out,
                engine,
                forward(training),
                src.handle(),
                dst.handle(),
                norm.epsilon(),
                norm.flags(),
                attr));
  }

  /** The gradients of a batch normalization's source, scale and shift. */
  public PrimitiveDesc batchNormBackward(
      MemoryDesc diffSrc, MemoryDesc diffDst, MemoryDesc src, Norm norm, PrimitiveDesc forward) {
    return describe(
        "batch_normalization backward",
        List.of(),
        (out, attr) ->
            dnnl_batch_normalization_backward_primitive_desc_create(
                out,
                engine,
                dnnl_backward,
                diffSrc.handle(),
                diffDst.handle(),
                src.handle(),
                norm.epsilon(),
                norm.flags(),
                forward.handle(),
                attr));
  }

  /** Pooling. */
  public PrimitiveDesc pool(
      boolean training, Pool pool, MemoryDesc src, MemoryDesc dst, Geometry g) {
    return pool(training, pool, src, dst, g, List.of());
  }

  /** Pooling, then the post-operations. */
  public PrimitiveDesc pool(
      boolean training,
      Pool pool,
      MemoryDesc src,
      MemoryDesc dst,
      Geometry g,
      List<PostOp> postOps) {
    return describe(
        "pooling forward",
        postOps,
        (out, attr) ->
            dnnl_pooling_forward_primitive_desc_create(
                out,
                engine,
                forward(training),
                pool.algorithm,
                src.handle(),
                dst.handle(),
                g.strides,
                g.kernel,
                Geometry.DENSE,
                g.padStart,
                g.padEnd,
                attr));
  }

  /** The gradient of pooling's source. */
  public PrimitiveDesc poolBackward(
      Pool pool, MemoryDesc diffSrc, MemoryDesc diffDst, Geometry g, PrimitiveDesc forward) {
    return describe(
        "pooling backward",
        List.of(),
        (out, attr) ->
            dnnl_pooling_backward_primitive_desc_create(
                out,
                engine,
                pool.algorithm,
                diffSrc.handle(),
                diffDst.handle(),
                g.strides,
                g.kernel,
                Geometry.DENSE,
                g.padStart,
                g.padEnd,
                forward.handle(),
                attr));
  }

  /** An element-wise function of the source. */
  public PrimitiveDesc eltwise(
      boolean training, Eltwise function, MemoryDesc src, MemoryDesc dst, float alpha, float beta) {
    return describe(
        "eltwise forward",
        List.of(),
        (out, attr) ->
            dnnl_eltwise_forward_primitive_desc_create(
                out,
                engine,
                forward(training),
                function.forward(),
                src.handle(),
                dst.handle(),
                alpha,
                beta,
                attr));
  }

  /**
   * The gradient of an element-wise function's source.
   *
   * @param data the function's source or destination, by {@link Eltwise#readsInput}
   */
  public PrimitiveDesc eltwiseBackward(
      Eltwise function,
      MemoryDesc diffSrc,
      MemoryDesc diffDst,
      MemoryDesc data,
      float alpha,
      PrimitiveDesc forward) {
    return describe(
        "eltwise backward",
        List.of(),
        (out, attr) ->
            dnnl_eltwise_backward_primitive_desc_create(
                out,
                engine,
                function.backward(),
                diffSrc.handle(),
                diffDst.handle(),
                data.handle(),
                alpha,
                0,
                forward.handle(),
                attr));
  }

  /** a + b, then the post-operations; dst may be a. */
  public PrimitiveDesc add(MemoryDesc a, MemoryDesc b, MemoryDesc dst, List<PostOp> postOps) {
    return add(a, b, dst, new Attributes(postOps, Map.of()));
  }

  /** The same with attributes. */
  public PrimitiveDesc add(MemoryDesc a, MemoryDesc b, MemoryDesc dst, Attributes attributes) {
    return describe(
        "binary add",
        attributes,
        (out, attr) ->
            dnnl_binary_primitive_desc_create(
                out, engine, dnnl_binary_add, a.handle(), b.handle(), dst.handle(), attr));
  }

  /** a · b, element-wise; dimensions of size 1 in b are broadcast. */
  public PrimitiveDesc multiply(MemoryDesc a, MemoryDesc b, MemoryDesc dst) {
    return multiply(a, b, dst, List.of());
  }

  /** The same, then the post-operations. */
  public PrimitiveDesc multiply(MemoryDesc a, MemoryDesc b, MemoryDesc dst, List<PostOp> postOps) {
    return describe(
        "binary mul",
        postOps,
        (out, attr) ->
            dnnl_binary_primitive_desc_create(
                out, engine, dnnl_binary_mul, a.handle(), b.handle(), dst.handle(), attr));
  }

  /** Concatenation of the sources along the channels. */
  public PrimitiveDesc concat(MemoryDesc dst, List<MemoryDesc> sources) {
    try (PointerPointer<dnnl_memory_desc> array = new PointerPointer<>(sources.size())) {
      for (int i = 0; i < sources.size(); i++) {
        array.put(i, sources.get(i).handle());
      }
      return describe(
          "concat",
          List.of(),
          (out, attr) ->
              dnnl_concat_primitive_desc_create(
                  out, engine, dst.handle(), sources.size(), 1, array, attr));
    }
  }

  /** A copy into another layout or number format. */
  public PrimitiveDesc reorder(MemoryDesc src, MemoryDesc dst) {
    return reorder(src, dst, new Attributes(List.of(), Map.of()));
  }

  /** The same with attributes. */
  public PrimitiveDesc reorder(MemoryDesc src, MemoryDesc dst, Attributes attributes) {
    return describe(
        "reorder",
        attributes,
        (out, attr) ->
            dnnl_reorder_primitive_desc_create(
                out, src.handle(), engine, dst.handle(), engine, attr));
  }

  /** Local response normalization across channels. */
  public PrimitiveDesc lrn(
      boolean training,
      MemoryDesc src,
      MemoryDesc dst,
      int size,
      float alpha,
      float beta,
      float k) {
    return describe(
        "lrn forward",
        List.of(),
        (out, attr) ->
            dnnl_lrn_forward_primitive_desc_create(
                out,
                engine,
                forward(training),
                dnnl_lrn_across_channels,
                src.handle(),
                dst.handle(),
                size,
                alpha,
                beta,
                k,
                attr));
  }

  /** The gradient of a local response normalization's source. */
  public PrimitiveDesc lrnBackward(
      MemoryDesc diffSrc,
      MemoryDesc diffDst,
      MemoryDesc src,
      int size,
      float[] alphaBetaK,
      PrimitiveDesc forward) {
    return describe(
        "lrn backward",
        List.of(),
        (out, attr) ->
            dnnl_lrn_backward_primitive_desc_create(
                out,
                engine,
                dnnl_lrn_across_channels,
                diffSrc.handle(),
                diffDst.handle(),
                src.handle(),
                size,
                alphaBetaK[0],
                alphaBetaK[1],
                alphaBetaK[2],
                forward.handle(),
                attr));
  }

  private static int forward(boolean training) {
    return training ? dnnl_forward_training : dnnl_forward_inference;
  }

  private static @Nullable dnnl_memory_desc orNull(@Nullable MemoryDesc desc) {
    return desc == null ? null : desc.handle();
  }

  private interface Call {
    int into(PointerPointer<?> out, dnnl_primitive_attr attr);
  }

  private PrimitiveDesc describe(String what, List<PostOp> postOps, Call call) {
    return describe(what, new Attributes(postOps, Map.of()), call);
  }

  private PrimitiveDesc describe(String what, Attributes attributes, Call call) {
    dnnl_primitive_attr attr =
        NativeLibrary.create(
            "dnnl_primitive_attr_create",
            dnnl_primitive_attr.class,
            out -> dnnl_primitive_attr_create(out));
    try {
      NativeLibrary.check(
          "dnnl_primitive_attr_set_scratchpad_mode",
          dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user));
      for (Map.Entry<Arg, Integer> scaled : attributes.scales().entrySet()) {
        NativeLibrary.check(
            "dnnl_primitive_attr_set_scales_mask",
            dnnl_primitive_attr_set_scales_mask(attr, scaled.getKey().id(), scaled.getValue()));
      }
      if (!attributes.postOps().isEmpty()) {
        append(attr, attributes.postOps());
      }
      return new PrimitiveDesc(
          owner,
          NativeLibrary.create(what, dnnl_primitive_desc.class, out -> call.into(out, attr)));
    } finally {
      dnnl_primitive_attr_destroy(attr);
    }
  }

  private static void append(dnnl_primitive_attr attr, List<PostOp> postOps) {
    dnnl_post_ops ops =
        NativeLibrary.create(
            "dnnl_post_ops_create", dnnl_post_ops.class, out -> dnnl_post_ops_create(out));
    try {
      for (PostOp op : postOps) {
        NativeLibrary.check("dnnl_post_ops_append", append(ops, op));
      }
      NativeLibrary.check(
          "dnnl_primitive_attr_set_post_ops", dnnl_primitive_attr_set_post_ops(attr, ops));
    } finally {
      dnnl_post_ops_destroy(ops);
    }
  }

  private static int append(dnnl_post_ops ops, PostOp op) {
    if (op instanceof PostOp.Relu) {
      return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0, 0);
    } else if (op instanceof PostOp.Function f) {
      return dnnl_post_ops_append_eltwise(ops, f.function().forward(), f.function().alpha(), 0);
    } else if (op instanceof PostOp.Multiply m) {
      return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_linear, m.scale(), 0);
    } else if (op instanceof PostOp.AddScaledDestination add) {
      return dnnl_post_ops_append_sum(ops, add.scale(), 0, MemoryDesc.code(add.type()));
    } else if (op instanceof PostOp.AddTensor add) {
      return dnnl_post_ops_append_binary(ops, dnnl_binary_add, add.desc().handle());
    }
    return dnnl_post_ops_append_sum(ops, 1, 0, dnnl_data_type_undef);
  }
}
