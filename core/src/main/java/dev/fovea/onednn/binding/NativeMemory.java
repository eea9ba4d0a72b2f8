package dev.fovea.onednn.binding;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A block of memory outside the Java heap: zero-filled, aligned to 2 MiB, in huge pages if the
 * system grants them; freed by its owner.
 */
public final class NativeMemory {
  private static final long HUGE_PAGE = 2L << 20;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MADV_HUGEPAGE = 14;

  private final long address;
  private final long size;

  /**
   * Allocates {@code size} bytes.
   *
   * @throws NativeException if the system refuses
   */
  public NativeMemory(Owner owner, long size) {
    NativeLibrary library = NativeLibrary.get();
    this.size = size;
    long mapped = Math.addExact(size, HUGE_PAGE);
    Pointer base = library.libc().mmap(null, mapped, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    long start = Pointer.nativeValue(base);
    if (start == -1) {
      throw new NativeException(
          "the system refused "
              + (size >> 20)
              + " MiB of memory; use a smaller learning.batch, or set engine.memory to low");
    }
    owner.own(() -> library.libc().munmap(base, mapped));
    this.address = (start + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    if (size >= HUGE_PAGE) {
      // Failure only costs speed: small pages are used instead.
      library.libc().madvise(new Pointer(address), size, MADV_HUGEPAGE);
    }
  }

  /** The address of the first byte. */
  public long address() {
    return address;
  }

  /** The number of bytes. */
  public long size() {
    return size;
  }

  /**
   * A view of part of the block, in native byte order; must not be used after the owner is closed.
   *
   * @throws IllegalArgumentException if the part lies outside the block
   */
  public ByteBuffer view(long offset, int length) {
    if (offset < 0 || length < 0 || offset + length > size) {
      throw new IllegalArgumentException(
          "bytes " + offset + " to " + (offset + length) + " lie outside a block of " + size);
    }
    return new Pointer(address).getByteBuffer(offset, length).order(ByteOrder.nativeOrder());
  }

  /**
   * A view of any native memory, in native byte order; {@code length} bytes at {@code address} must
   * stay valid as long as the view is used.
   */
  public static ByteBuffer at(long address, long length) {
    return new Pointer(address).getByteBuffer(0, length).order(ByteOrder.nativeOrder());
  }
}
