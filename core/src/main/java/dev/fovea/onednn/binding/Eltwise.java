package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh_use_dst_for_bwd;

/** Element-wise functions; their gradients are computed from their outputs. */
public enum Eltwise {
  /** max(x, 0). */
  RELU(dnnl_eltwise_relu, dnnl_eltwise_relu_use_dst_for_bwd),
  /** 1 / (1 + exp(-x)). */
  LOGISTIC(dnnl_eltwise_logistic, dnnl_eltwise_logistic_use_dst_for_bwd),
  /** Hyperbolic tangent. */
  TANH(dnnl_eltwise_tanh, dnnl_eltwise_tanh_use_dst_for_bwd),
  /** alpha x + beta; its gradient is the same function with beta 0. */
  LINEAR(dnnl_eltwise_linear, dnnl_eltwise_linear);

  private final int forward;
  private final int backward;

  Eltwise(int forward, int backward) {
    this.forward = forward;
    this.backward = backward;
  }

  int forward() {
    return forward;
  }

  int backward() {
    return backward;
  }
}
