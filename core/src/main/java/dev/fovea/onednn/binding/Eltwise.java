package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh_use_dst_for_bwd;

/** Element-wise functions, with what their gradients are computed from. */
public enum Eltwise {
  /** max(x, 0). */
  RELU(dnnl_eltwise_relu, dnnl_eltwise_relu_use_dst_for_bwd),
  /** 1 / (1 + exp(-x)). */
  LOGISTIC(dnnl_eltwise_logistic, dnnl_eltwise_logistic_use_dst_for_bwd),
  /** Hyperbolic tangent. */
  TANH(dnnl_eltwise_tanh, dnnl_eltwise_tanh_use_dst_for_bwd),
  /** alpha x + beta; its gradient is the same function with beta 0. */
  LINEAR(dnnl_eltwise_linear, dnnl_eltwise_linear),
  /** x (1 + erf(x / sqrt 2)) / 2. */
  GELU_ERF(dnnl_eltwise_gelu_erf, dnnl_eltwise_gelu_erf),
  /** x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. */
  GELU_TANH(dnnl_eltwise_gelu_tanh, dnnl_eltwise_gelu_tanh),
  /** x / (1 + exp(-x)). */
  SWISH(dnnl_eltwise_swish, dnnl_eltwise_swish);

  private final int forward;
  private final int backward;

  Eltwise(int forward, int backward) {
    this.forward = forward;
    this.backward = backward;
  }

  /** Whether its gradient is computed from its input, and not from its output. */
  public boolean readsInput() {
    return this == GELU_ERF || this == GELU_TANH || this == SWISH;
  }

  /** The constant that makes oneDNN's function the one described here. */
  public float alpha() {
    return this == SWISH ? 1 : 0;
  }

  int forward() {
    return forward;
  }

  int backward() {
    return backward;
  }
}
