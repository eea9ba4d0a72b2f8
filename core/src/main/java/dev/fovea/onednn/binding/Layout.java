package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_ABcd16a16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ABcd16b16a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ABcd8a8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ABcd8b8a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_a;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd16b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_aBcd8b;
import static org.bytedeco.dnnl.global.dnnl.dnnl_ab;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_abcde;
import static org.bytedeco.dnnl.global.dnnl.dnnl_acdb;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;

/**
 * The memory layouts (oneDNN's format tags) that Fovea requests by name; letters are dimensions,
 * outermost first.
 */
public enum Layout {
  /** Chosen by the primitive. */
  ANY(dnnl_format_tag_any),
  /** A vector. */
  A(dnnl_a),
  /** A row-major matrix. */
  AB(dnnl_ab),
  /** Planar: N, C, H, W. */
  ABCD(dnnl_abcd),
  /** Row-major in five dimensions: grouped convolution weights. */
  ABCDE(dnnl_abcde),
  /** Channels last: N, H, W, C. */
  ACDB(dnnl_acdb),
  /** Blocks of 8 channels. */
  BLOCKED_8(dnnl_aBcd8b),
  /** Blocks of 16 channels. */
  BLOCKED_16(dnnl_aBcd16b),
  /** Convolution weights in blocks of 8 input by 8 output channels: OIhw8i8o. */
  WEIGHTS_8I8O(dnnl_ABcd8b8a),
  /** Convolution weights in blocks of 8 output by 8 input channels: OIhw8o8i. */
  WEIGHTS_8O8I(dnnl_ABcd8a8b),
  /** Convolution weights in blocks of 16 input by 16 output channels: OIhw16i16o. */
  WEIGHTS_16I16O(dnnl_ABcd16b16a),
  /** Convolution weights in blocks of 16 output by 16 input channels: OIhw16o16i. */
  WEIGHTS_16O16I(dnnl_ABcd16a16b);

  private final int tag;

  Layout(int tag) {
    this.tag = tag;
  }

  int tag() {
    return tag;
  }

  /** The row-major layout for a tensor of this rank (1, 2, 4 or 5). */
  public static Layout plain(int rank) {
    return switch (rank) {
      case 1 -> A;
      case 2 -> AB;
      case 4 -> ABCD;
      case 5 -> ABCDE;
      default -> throw new IllegalArgumentException("no plain layout for rank " + rank);
    };
  }
}
