package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx2_vnni;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_amx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_vnni;

/**
 * The CPU instruction set that oneDNN uses.
 *
 * @param code oneDNN's bit mask; a superset has all bits of its subsets
 */
public record Isa(int code) {

  static Isa ofCode(int code) {
    return new Isa(code);
  }

  /** Whether it has 512-bit vectors. */
  public boolean avx512() {
    return has(dnnl_cpu_isa_avx512_core);
  }

  /** Whether it has 256-bit vectors; every CPU that has AVX2 also fuses multiply-adds. */
  public boolean avx2() {
    return has(dnnl_cpu_isa_avx2);
  }

  /** Whether it multiplies 8-bit integers and sums four products exactly (VNNI). */
  public boolean vnni() {
    return has(dnnl_cpu_isa_avx512_core_vnni) || has(dnnl_cpu_isa_avx2_vnni);
  }

  /** Whether it has bfloat16 dot products. */
  public boolean bf16() {
    return has(dnnl_cpu_isa_avx512_core_bf16);
  }

  /** Whether it multiplies matrices of bfloat16 in tiles of their own (AMX). */
  public boolean amx() {
    return has(dnnl_cpu_isa_avx512_core_amx);
  }

  private boolean has(int subset) {
    return (code & subset) == subset;
  }

  /** A human-readable name. */
  @Override
  public String toString() {
    if (bf16()) {
      return "AVX-512 with bfloat16";
    } else if (avx512()) {
      return "AVX-512";
    }
    return avx2() ? "AVX2" : "older than AVX2";
  }
}
