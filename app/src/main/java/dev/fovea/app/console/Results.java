package dev.fovea.app.console;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers why a write failed, which a PrintStream would hide.
 *
 * <p>After the first failure it swallows everything, as a PrintStream does.
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

  /** Whether nobody reads any longer, as after {@code | head}. */
  public synchronized boolean readerIsGone() {
    return failure != null && String.valueOf(failure.getMessage()).contains("Broken pipe");
  }

  /** What prevented the last write, other than a reader that left; null if nothing did. */
  public synchronized @Nullable IOException failure() {
    return readerIsGone() ? null : failure;
  }
}
