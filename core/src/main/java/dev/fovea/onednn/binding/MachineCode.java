package dev.fovea.onednn.binding;

import com.sun.jna.Pointer;

/** A function of our own in executable memory, which is never writable at the same time. */
public final class MachineCode {
  private static final int PAGE = 4096;
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXECUTE = 5;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  private final Pointer entry;

  /**
   * Copies code into memory that {@code owner} frees.
   *
   * @param code a function of System V's calling convention that takes no arguments
   * @throws NativeException if the system refuses executable memory
   */
  public MachineCode(Owner owner, byte[] code) {
    NativeLibrary.LibC libc = NativeLibrary.get().libc();
    long size = (code.length + PAGE - 1) / PAGE * (long) PAGE;
    Pointer memory = libc.mmap(null, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (Pointer.nativeValue(memory) == -1) {
      throw refused(size);
    }
    owner.own(() -> libc.munmap(memory, size));
    memory.write(0, code, 0, code.length);
    if (libc.mprotect(memory, size, PROT_READ_EXECUTE) != 0) {
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
