package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A data set whose files are read ahead, in order, by a thread of its own: while the cores compute,
 * the next files come from the disk. For reading every picture once, from the first to the last;
 * others are read when they are asked for.
 *
 * <p>Holds at most {@value #PICTURES} files and about {@value #BYTES} bytes. Safe for any number of
 * threads. Closing stops the reading and leaves the underlying set open.
 */
public final class ReadAhead extends ForwardingDataset {
  private static final int PICTURES = 32;
  private static final long BYTES = 64L << 20;

  private final Thread reader;
  private final Object lock = new Object();
  private final Map<Integer, Read> ahead = new HashMap<>();
  private long bytesAhead;
  private int next;
  private boolean closed;

  /** A picture that was read, or why it could not be. */
  private record Read(long bytes, @Nullable Picture picture, @Nullable Throwable failure) {}

  /** Begins to read. */
  public ReadAhead(Dataset set) {
    super(set);
    this.reader = new Thread(this::read, "fovea-reader");
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    for (int i = next(0); i >= 0; i = next(i + 1)) {
      Read read;
      try {
        read = new Read(set().bytes(i), set().picture(i), null);
      } catch (RuntimeException | Error e) {
        read = new Read(0, null, e);
      }
      synchronized (lock) {
        ahead.put(i, read);
        bytesAhead += read.bytes;
        lock.notifyAll();
      }
    }
  }

  /** Waits until there is room for another file; -1 at the end. */
  private int next(int i) {
    synchronized (lock) {
      next = i;
      lock.notifyAll();
      try {
        while (!closed && !ahead.isEmpty() && (ahead.size() >= PICTURES || bytesAhead >= BYTES)) {
          lock.wait();
        }
      } catch (InterruptedException e) {
        closed = true;
      }
      return closed || i >= size() ? -1 : i;
    }
  }

  @Override
  public Picture picture(int i) {
    Read read;
    synchronized (lock) {
      try {
        while (!closed && i >= next && i < size() && !ahead.containsKey(i)) {
          lock.wait();
        }
      } catch (InterruptedException e) {
        throw new DataException("interrupted while reading " + name(i), e);
      }
      read = ahead.remove(i);
      if (read != null) {
        bytesAhead -= read.bytes;
        lock.notifyAll();
      }
    }
    if (read == null) {
      return set().picture(i);
    } else if (read.failure instanceof Error e) {
      throw e;
    } else if (read.failure instanceof RuntimeException e) {
      throw e;
    }
    return Objects.requireNonNull(read.picture);
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    boolean interrupted = false;
    while (reader.isAlive()) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
