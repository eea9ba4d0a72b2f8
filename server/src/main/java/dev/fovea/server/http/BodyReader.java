package dev.fovea.server.http;

import dev.fovea.server.protocol.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Reads the body of a request without a thread that waits: bounded in size, in time, and by the
 * memory that all bodies together may take. Memory grows with what arrives, not with what a header
 * promises.
 */
final class BodyReader implements Runnable {
  private static final int FIRST = 16 << 10;

  private final Request request;
  private final HttpSettings.Limits limits;
  private final BodyBudget budget;
  private final CompletableFuture<byte[]> result = new CompletableFuture<>();
  private byte[] bytes = new byte[0];
  private int length;
  private long taken;

  private BodyReader(Request request, HttpSettings.Limits limits, BodyBudget budget) {
    this.request = request;
    this.limits = limits;
    this.budget = budget;
  }

  /**
   * Reads the body.
   *
   * @return completes with it, or with a {@link ProtocolException}; what was taken of the budget is
   *     given back by {@code whenDone}
   */
  static CompletableFuture<byte[]> read(
      Request request,
      HttpSettings.Limits limits,
      BodyBudget budget,
      Scheduler scheduler,
      CompletableFuture<?> whenDone) {
    long declared = request.getLength();
    if (declared > limits.bodyBytes()) {
      return CompletableFuture.failedFuture(tooLarge(limits));
    }
    BodyReader reader = new BodyReader(request, limits, budget);
    Scheduler.Task alarm =
        scheduler.schedule(reader::late, limits.bodyTime().toMillis(), TimeUnit.MILLISECONDS);
    CompletableFuture<byte[]> read = reader.result.whenComplete((body, failure) -> alarm.cancel());
    CompletableFuture<?> unused = whenDone.whenComplete((done, failure) -> reader.giveBack());
    reader.run();
    return read;
  }

  static ProtocolException tooLarge(HttpSettings.Limits limits) {
    return new ProtocolException(
        413, "the body is larger than " + limits.bodyBytes() + " bytes, the limit of this server");
  }

  @Override
  public void run() {
    while (!result.isDone()) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(this);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        result.completeExceptionally(failure(chunk.getFailure()));
        return;
      }
      try {
        append(chunk.getByteBuffer());
      } catch (ProtocolException | OutOfMemoryError e) {
        result.completeExceptionally(e);
        return;
      } finally {
        chunk.release();
      }
      if (chunk.isLast()) {
        result.complete(length == bytes.length ? bytes : Arrays.copyOf(bytes, length));
        return;
      }
    }
  }

  private void append(ByteBuffer part) {
    int more = part.remaining();
    if (more > limits.bodyBytes() - length) {
      throw tooLarge(limits);
    }
    if (length + more > bytes.length) {
      long declared = Math.max(0, request.getLength());
      // Doubled as bytes arrive; never beyond what was promised, so that the end is exact.
      long room = Math.max(length + (long) more, Math.max(FIRST, 2L * bytes.length));
      long capped = declared > 0 ? Math.max(length + (long) more, Math.min(room, declared)) : room;
      grow((int) Math.min(capped, limits.bodyBytes()));
    }
    part.get(bytes, length, more);
    length += more;
  }

  private void grow(int capacity) {
    long more = capacity - (long) bytes.length;
    synchronized (this) {
      if (taken < 0 || !budget.take(more)) {
        throw new ProtocolException(503, "the server holds too many bodies at once; try again");
      }
      taken += more;
    }
    bytes = Arrays.copyOf(bytes, capacity);
  }

  // -1 after it, since a reader that comes late must not take again what nobody gives back.
  private synchronized void giveBack() {
    if (taken >= 0) {
      budget.give(taken);
      taken = -1;
    }
  }

  private void late() {
    result.completeExceptionally(
        new ProtocolException(
            408, "the body did not arrive within " + limits.bodyTime().toSeconds() + " seconds"));
  }

  private static Throwable failure(Throwable cause) {
    if (cause instanceof TimeoutException) {
      return new ProtocolException(408, "the body stopped arriving");
    }
    return new ProtocolException(400, "the body cannot be read: it is broken or ends early");
  }
}
