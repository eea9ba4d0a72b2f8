package dev.fovea.onednn.binding;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** Memory that the operating system gives out in pages; zero-filled. */
sealed interface Pages {
  /** The memory of a platform. */
  static Pages of(Platform platform) {
    if (platform.isWindows()) {
      return new Windows(Native.load("kernel32", Kernel32.class));
    }
    return new Unix(Native.load("c", LibC.class), platform.isMac());
  }

  /** Readable and writable memory; null if the system refuses. */
  @Nullable Pointer take(long bytes);

  /** Gives memory back that {@link #take} returned. */
  void giveBack(Pointer memory, long bytes);

  /** Asks for huge pages. Failure only costs speed: small pages are used instead. */
  void preferHugePages(Pointer memory, long bytes);

  /** Makes memory executable and no longer writable; false if the system refuses. */
  boolean makeExecutable(Pointer memory, long bytes);

  /** Functions of the C library of Unix systems. */
  interface LibC extends com.sun.jna.Library {
    Pointer mmap(
        @Nullable Pointer address, long length, int protection, int flags, int file, long offset);

    int munmap(Pointer address, long length);

    int madvise(Pointer address, long length, int advice);

    int mprotect(Pointer address, long length, int protection);
  }

  /** Linux and macOS. */
  record Unix(LibC libc, boolean mac) implements Pages {
    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXECUTE = 5;
    private static final int MAP_PRIVATE = 0x2;
    private static final int MAP_ANONYMOUS_LINUX = 0x20;
    private static final int MAP_ANONYMOUS_MAC = 0x1000;
    private static final int MADV_HUGEPAGE_LINUX = 14;

    @Override
    public @Nullable Pointer take(long bytes) {
      int flags = MAP_PRIVATE | (mac ? MAP_ANONYMOUS_MAC : MAP_ANONYMOUS_LINUX);
      Pointer memory = libc.mmap(null, bytes, PROT_READ_WRITE, flags, -1, 0);
      return Pointer.nativeValue(memory) == -1 ? null : memory;
    }

    @Override
    public void giveBack(Pointer memory, long bytes) {
      libc.munmap(memory, bytes);
    }

    @Override
    public void preferHugePages(Pointer memory, long bytes) {
      if (!mac) {
        libc.madvise(memory, bytes, MADV_HUGEPAGE_LINUX);
      }
    }

    @Override
    public boolean makeExecutable(Pointer memory, long bytes) {
      return libc.mprotect(memory, bytes, PROT_READ_EXECUTE) == 0;
    }
  }

  /** Functions of Windows. */
  interface Kernel32 extends com.sun.jna.Library {
    @Nullable Pointer VirtualAlloc(@Nullable Pointer address, long size, int type, int protection);

    int VirtualFree(Pointer address, long size, int type);

    int VirtualProtect(Pointer address, long size, int protection, int[] before);
  }

  /** Windows. */
  record Windows(Kernel32 kernel) implements Pages {
    private static final int MEM_COMMIT_RESERVE = 0x3000;
    private static final int MEM_RELEASE = 0x8000;
    private static final int PAGE_READWRITE = 0x04;
    private static final int PAGE_EXECUTE_READ = 0x20;

    @Override
    public @Nullable Pointer take(long bytes) {
      return kernel.VirtualAlloc(null, bytes, MEM_COMMIT_RESERVE, PAGE_READWRITE);
    }

    @Override
    public void giveBack(Pointer memory, long bytes) {
      kernel.VirtualFree(memory, 0, MEM_RELEASE);
    }

    @Override
    public void preferHugePages(Pointer memory, long bytes) {
      // Large pages need a privilege there that users do not have.
    }

    @Override
    public boolean makeExecutable(Pointer memory, long bytes) {
      return kernel.VirtualProtect(memory, bytes, PAGE_EXECUTE_READ, new int[1]) != 0;
    }
  }
}
