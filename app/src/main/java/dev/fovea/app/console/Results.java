package dev.fovea.app.console;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that keeps the exception of a failed write, which a PrintStream would swallow.
 *
 * <p>After the first failure further output is discarded.
 */
public final class Results extends FilterOutputStream {
  private @Nullable IOException failure;

  Results(OutputStream out) {
    super(out);
  }

  @Override
  public synchronized void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    if (failure == null) {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  @Override
  public synchronized void flush() {
    if (failure == null) {
      try {
        out.flush();
      } catch (IOException e) {
        failure = e;
      }
    }
  }

  /** Whether the reader has closed the pipe, as {@code | head} does. */
  public synchronized boolean readerIsGone() {
    return failure != null && String.valueOf(failure.getMessage()).contains("Broken pipe");
  }

  /** The write failure, unless the reader closed the pipe; null if there was none. */
  public synchronized @Nullable IOException failure() {
    return readerIsGone() ? null : failure;
  }
}
