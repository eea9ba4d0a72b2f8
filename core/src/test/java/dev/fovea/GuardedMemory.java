package dev.fovea;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Zero-filled memory outside the Java heap between two pages that must not be accessed: machine
 * code that reads or writes there ends the process, so that the test run fails.
 *
 * <p>Freed by {@link #close}.
 */
public final class GuardedMemory implements AutoCloseable {
  private static final int PAGE = 4096;
  private static final int PROT_NONE = 0;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final LibC LIB_C = Native.load("c", LibC.class);

  private final Pointer mapping;
  private final long mapped;
  private final Pointer start;
  private final int size;

  interface LibC extends Library {
    Pointer mmap(
        @Nullable Pointer address, long length, int protection, int flags, int file, long offset);

    int munmap(Pointer address, long length);

    int mprotect(Pointer address, long length, int protection);
  }

  /** Which end of the memory borders on a guarding page; the other one is up to a page off. */
  public enum Side {
    /** The first byte. */
    START,
    /** The last byte; the memory is aligned only as its size is. */
    END
  }

  /** Allocates {@code size} bytes. */
  public GuardedMemory(long size, Side side) {
    long pages = (size + PAGE - 1) / PAGE * PAGE;
    this.size = Math.toIntExact(size);
    this.mapped = pages + 2L * PAGE;
    this.mapping = LIB_C.mmap(null, mapped, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (Pointer.nativeValue(mapping) == -1
        || LIB_C.mprotect(mapping.share(PAGE), pages, PROT_READ_WRITE) != 0) {
      throw new IllegalStateException("no memory for " + size + " guarded bytes");
    }
    this.start = mapping.share(PAGE + (side == Side.START ? 0 : pages - size));
  }

  /** The address of the first byte. */
  public long address() {
    return Pointer.nativeValue(start);
  }

  /** All bytes, in native order; must not be used after {@link #close}. */
  public ByteBuffer bytes() {
    return start.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    LIB_C.munmap(mapping, mapped);
  }
}
