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

  private final long address;
  private final long size;

  /**
   * Allocates {@code size} bytes.
   *
   * @throws NativeException if the system refuses
   */
  public NativeMemory(Owner owner, long size) {
    Pages pages = NativeLibrary.get().pages();
    this.size = size;
    long mapped = Math.addExact(size, HUGE_PAGE);
    Pointer base = pages.take(mapped);
    if (base == null) {
      throw new NativeException(
          "the system refused "
              + (size >> 20)
              + " MiB of memory; use a smaller learning.batch, or set engine.memory to low");
    }
    owner.own(() -> pages.giveBack(base, mapped));
    this.address = (Pointer.nativeValue(base) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    if (size >= HUGE_PAGE) {
      pages.preferHugePages(new Pointer(address), size);
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
