package dev.fovea.onednn.binding;

import com.sun.jna.Pointer;

/** A function of our own in executable memory, which is never writable at the same time. */
public final class MachineCode {
  private static final int PAGE = 4096;

  private final Pointer entry;

  /**
   * Copies code into memory that {@code owner} frees.
   *
   * @param code a function of System V's calling convention that takes no arguments
   * @throws NativeException if the system refuses executable memory
   */
  public MachineCode(Owner owner, byte[] code) {
    Pages pages = NativeLibrary.get().pages();
    long size = (code.length + PAGE - 1) / PAGE * (long) PAGE;
    Pointer memory = pages.take(size);
    if (memory == null) {
      throw refused(size);
    }
    owner.own(() -> pages.giveBack(memory, size));
    memory.write(0, code, 0, code.length);
    if (!pages.makeExecutable(memory, size)) {
      throw refused(size);
    }
    this.entry = memory;
  }

  private static NativeException refused(long size) {
    return new NativeException(
        "the system refused "
            + size
            + " bytes of executable memory; set engine.convolution to direct");
  }

  Pointer entry() {
    return entry;
  }
}
