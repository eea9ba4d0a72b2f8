package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_SCALES;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MULTIPLE_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;

/**
 * Identifies an operand of a primitive.
 *
 * @param id oneDNN's number for it
 */
public record Arg(int id) {
  public static final Arg SRC = new Arg(DNNL_ARG_SRC);
  public static final Arg SRC_1 = new Arg(DNNL_ARG_SRC_1);
  public static final Arg DST = new Arg(DNNL_ARG_DST);
  public static final Arg WEIGHTS = new Arg(DNNL_ARG_WEIGHTS);
  public static final Arg BIAS = new Arg(DNNL_ARG_BIAS);
  public static final Arg SCALE = new Arg(DNNL_ARG_SCALE);
  public static final Arg SHIFT = new Arg(DNNL_ARG_SHIFT);
  public static final Arg MEAN = new Arg(DNNL_ARG_MEAN);
  public static final Arg VARIANCE = new Arg(DNNL_ARG_VARIANCE);
  public static final Arg WORKSPACE = new Arg(DNNL_ARG_WORKSPACE);
  public static final Arg SCRATCHPAD = new Arg(DNNL_ARG_SCRATCHPAD);
  public static final Arg DIFF_SRC = new Arg(DNNL_ARG_DIFF_SRC);
  public static final Arg DIFF_DST = new Arg(DNNL_ARG_DIFF_DST);
  public static final Arg DIFF_WEIGHTS = new Arg(DNNL_ARG_DIFF_WEIGHTS);
  public static final Arg DIFF_BIAS = new Arg(DNNL_ARG_DIFF_BIAS);
  public static final Arg DIFF_SCALE = new Arg(DNNL_ARG_DIFF_SCALE);
  public static final Arg DIFF_SHIFT = new Arg(DNNL_ARG_DIFF_SHIFT);

  /** The scales of an argument. */
  public static Arg scales(Arg of) {
    return new Arg(DNNL_ARG_ATTR_SCALES | of.id());
  }

  /** The tensor that post-operation {@code i} adds. */
  public static Arg added(int i) {
    return new Arg(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (i + 1) | DNNL_ARG_SRC_1);
  }

  /** Source {@code i} of a concatenation. */
  public static Arg source(int i) {
    return new Arg(DNNL_ARG_MULTIPLE_SRC + i);
  }
}
