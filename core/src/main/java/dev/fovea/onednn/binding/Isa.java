package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;

/**
 * The instruction set that oneDNN chose.
 *
 * @param code oneDNN's own number; a superset has all bits of its subsets
 */
public record Isa(int code) {

  static Isa ofCode(int code) {
    return new Isa(code);
  }

  /** Whether 512-bit vectors are used. */
  public boolean avx512() {
    return has(dnnl_cpu_isa_avx512_core);
  }

  /** Whether there are bfloat16 dot products. */
  public boolean bf16() {
    return has(dnnl_cpu_isa_avx512_core_bf16);
  }

  private boolean has(int subset) {
    return (code & subset) == subset;
  }

  /** A readable name. */
  @Override
  public String toString() {
    if (bf16()) {
      return "AVX-512 with bfloat16";
    } else if (avx512()) {
      return "AVX-512";
    }
    return has(dnnl_cpu_isa_avx2) ? "AVX2" : "older than AVX2";
  }
}
