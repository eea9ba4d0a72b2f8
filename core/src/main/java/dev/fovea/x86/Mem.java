package dev.fovea.x86;

/** A memory operand: the address in a register plus a displacement in bytes. */
public record Mem(Reg base, int displacement) {

  /** The operand {@code bytes} further on. */
  public Mem plus(long bytes) {
    return new Mem(base, Math.toIntExact(displacement + bytes));
  }
}
