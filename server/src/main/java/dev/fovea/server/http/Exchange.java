package dev.fovea.server.http;

import dev.fovea.server.model.Causes;
import dev.fovea.server.protocol.ProtocolException;
import dev.fovea.server.protocol.Words;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.URIUtil;
import org.eclipse.jetty.util.thread.Scheduler;

/** One request on its way: who asks, its body, its answer. No thread waits for any of them. */
final class Exchange {
  /** A body that is not wanted is still read up to this, so that the client sees the answer. */
  private static final long LINGER_BYTES = 16L << 20;

  private static final long LINGER_MILLIS = 2000;

  /** A body of this size is read away, and the connection stays open. */
  private static final long SMALL = 1L << 20;

  /** What becomes of the connection after the answer. */
  private enum After {
    GO_ON,
    CLOSE,
    LINGER
  }

  private final FrontEndState state;
  private final Request request;
  private final Response response;
  private final Callback callback;
  private final long begun = System.nanoTime();
  private final CompletableFuture<Object> done = new CompletableFuture<>();
  private final AtomicBoolean answered = new AtomicBoolean();
  private volatile boolean reading = true;
  private String route = "other";

  Exchange(FrontEndState state, Request request, Response response, Callback callback) {
    this.state = state;
    this.request = request;
    this.response = response;
    this.callback = callback;
  }

  /** Completes when the answer has been sent, or cannot be. */
  CompletableFuture<?> done() {
    return done;
  }

  void begin() {
    // While a model computes, silence on the connection is no failure.
    request.addIdleTimeoutListener(timeout -> reading);
    try {
      String path = path();
      Optional<Routes.Found> found = state.routes().find(request.getMethod(), path);
      found.ifPresent(f -> route = f.route().label());
      Optional<Reply> refusal = refusal(path, found);
      if (refusal.isPresent()) {
        sendEarly(refusal.get());
      } else {
        read(found.orElseThrow());
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  // Decoded; an encoded slash or worse has been refused before.
  private String path() {
    String canonical = request.getHttpURI().getCanonicalPath();
    try {
      return canonical == null ? "*" : URIUtil.decodePath(canonical);
    } catch (IllegalArgumentException e) {
      throw ProtocolException.badRequest("the path is not valid percent-encoded UTF-8");
    }
  }

  private Optional<Reply> refusal(String path, Optional<Routes.Found> found) {
    Routes.Access access = found.map(f -> f.route().access()).orElse(Routes.Access.GUARDED);
    List<String> methods = state.routes().methods(path);
    boolean preflight = request.getMethod().equals("OPTIONS") && !methods.isEmpty();
    if (preflight && state.guard().allowedOrigin(request).isPresent()) {
      return Optional.of(
          new Reply(204, "", new byte[0], Map.of())
              .with("Access-Control-Allow-Methods", String.join(", ", methods))
              .with(
                  "Access-Control-Allow-Headers",
                  "Authorization, Content-Type, Content-Encoding, Inference-Header-Content-Length")
              .with("Access-Control-Max-Age", "600"));
    }
    Optional<Reply> refused = state.guard().refusal(request, access);
    if (refused.isPresent()) {
      return refused;
    }
    if (found.isEmpty()) {
      return Optional.of(
          methods.isEmpty()
              ? Reply.error(404, "there is no " + Words.quoted(path) + " on this server")
              : Reply.error(
                      405,
                      Words.visible(request.getMethod(), 16)
                          + " is not possible here; use "
                          + String.join(" or ", methods))
                  .with("Allow", String.join(", ", methods)));
    }
    if (state.isDraining() && access == Routes.Access.GUARDED) {
      return Optional.of(Failures.busy("the server is stopping"));
    }
    return Optional.empty();
  }

  private void read(Routes.Found found) {
    if (found.route().method().equals("GET")) {
      answer(found, new byte[0]);
      return;
    }
    CompletableFuture<?> unused =
        BodyReader.read(request, state.limits(), state.budget(), state.scheduler(), done)
            .whenComplete(
                (body, failure) -> {
                  if (failure != null) {
                    fail(failure);
                  } else {
                    answer(found, body);
                  }
                });
  }

  private void answer(Routes.Found found, byte[] sent) {
    reading = false;
    try {
      Map<String, String> headers = headers();
      String encoding = headers.getOrDefault("content-encoding", "");
      byte[] body = Inflated.body(sent, encoding, state.limits(), this::charge);
      Call call = new Call(found.parts(), query(), headers, body);
      CompletableFuture<?> unused =
          found
              .route()
              .action()
              .answer(call)
              .whenComplete(
                  (reply, failure) -> {
                    if (failure != null) {
                      fail(failure);
                    } else {
                      send(reply, After.GO_ON);
                    }
                  });
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private void charge(int bytes) {
    if (!state.budget().take(bytes)) {
      throw new ProtocolException(503, "the server holds too many bodies at once; try again");
    }
    CompletableFuture<?> unused = done.whenComplete((sent, failure) -> state.budget().give(bytes));
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new HashMap<>();
    for (HttpField field : request.getHeaders()) {
      String value = field.getValue();
      headers.putIfAbsent(field.getName().toLowerCase(Locale.ROOT), value == null ? "" : value);
    }
    return headers;
  }

  private Map<String, List<String>> query() {
    Fields fields;
    try {
      fields = Request.extractQueryParameters(request);
    } catch (RuntimeException e) {
      throw ProtocolException.badRequest("the query is not valid percent-encoded UTF-8");
    }
    Map<String, List<String>> query = new LinkedHashMap<>();
    fields.forEach(field -> query.put(field.getName(), List.copyOf(field.getValues())));
    return query;
  }

  private void fail(Throwable failure) {
    Throwable cause = Causes.of(failure);
    if (Failures.isFatal(cause)) {
      state.listener().fatal(cause);
    } else if (Failures.isDefect(cause)) {
      state.listener().failed(route, cause);
    }
    Reply reply = Failures.reply(cause);
    if (reading) {
      sendEarly(reply);
    } else {
      send(reply, After.GO_ON);
    }
  }

  /** Answers before the body has been read. */
  private void sendEarly(Reply reply) {
    long declared = request.getLength();
    boolean large = declared > SMALL || declared < 0 && isChunked();
    boolean late = reply.status() == 408;
    // Of a client that is late nothing more is expected, and the reader may still be waiting.
    send(reply, late ? After.CLOSE : large || reply.status() == 413 ? After.LINGER : After.GO_ON);
  }

  private boolean isChunked() {
    return request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
  }

  private void send(Reply reply, After after) {
    if (!answered.compareAndSet(false, true)) {
      return;
    }
    try {
      response.setStatus(reply.status());
      HttpFields.Mutable headers = response.getHeaders();
      headers.put("X-Content-Type-Options", "nosniff");
      headers.put("Referrer-Policy", "no-referrer");
      headers.put("Cross-Origin-Resource-Policy", "same-origin");
      headers.put(HttpHeader.CACHE_CONTROL, "no-store");
      if (!reply.contentType().isEmpty()) {
        headers.put(HttpHeader.CONTENT_TYPE, reply.contentType());
      }
      allowOrigin(headers);
      reply.headers().forEach(headers::put);
      if (after != After.GO_ON || state.isDraining()) {
        headers.put(HttpHeader.CONNECTION, "close");
      }
      boolean empty = reply.status() == 204 || reply.status() == 304;
      if (!empty) {
        headers.put(HttpHeader.CONTENT_LENGTH, reply.body().length);
      }
      Scheduler.Task alarm =
          state
              .scheduler()
              .schedule(this::hangUp, state.limits().bodyTime().toMillis(), TimeUnit.MILLISECONDS);
      CompletableFuture<?> unused = done.whenComplete((sent, failure) -> alarm.cancel());
      response.write(
          true,
          ByteBuffer.wrap(reply.body()),
          Callback.from(() -> sent(reply, after), failure -> broken(reply, failure)));
    } catch (RuntimeException | Error e) {
      broken(reply, e);
    }
  }

  private void allowOrigin(HttpFields.Mutable headers) {
    Optional<String> origin = state.guard().allowedOrigin(request);
    if (origin.isPresent()) {
      headers.put("Access-Control-Allow-Origin", origin.get());
      headers.put("Access-Control-Expose-Headers", "Inference-Header-Content-Length, Retry-After");
      headers.put(HttpHeader.VARY, "Origin");
      headers.put("Cross-Origin-Resource-Policy", "cross-origin");
    }
  }

  // A client that does not read its answer must not keep it in memory.
  private void hangUp() {
    request.getConnectionMetaData().getConnection().getEndPoint().close();
  }

  private void sent(Reply reply, After after) {
    report(reply);
    if (after == After.LINGER) {
      new Linger().run();
    } else {
      callback.succeeded();
      done.complete(reply);
    }
  }

  private void broken(Reply reply, Throwable failure) {
    if (Failures.isFatal(failure)) {
      state.listener().fatal(failure);
    }
    report(reply);
    callback.failed(failure);
    done.complete(reply);
  }

  private void report(Reply reply) {
    state
        .listener()
        .answered(
            new FrontEndListener.Answered(
                Request.getRemoteAddr(request),
                request.getMethod(),
                route,
                String.valueOf(request.getHttpURI().getPath()),
                reply.status(),
                reply.body().length,
                System.nanoTime() - begun));
  }

  /**
   * Reads the rest of a body and drops it, for a bounded time. Closing a connection on which the
   * client still sends would take the answer away from it.
   */
  private final class Linger implements Runnable {
    private final Scheduler.Task end =
        state.scheduler().schedule(this::finish, LINGER_MILLIS, TimeUnit.MILLISECONDS);
    private final AtomicBoolean finished = new AtomicBoolean();
    private long bytes;

    @Override
    public void run() {
      while (!finished.get()) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this);
          return;
        }
        boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk);
        bytes += chunk.remaining();
        chunk.release();
        if (last || bytes > LINGER_BYTES) {
          finish();
        }
      }
    }

    private void finish() {
      if (finished.compareAndSet(false, true)) {
        end.cancel();
        callback.succeeded();
        done.complete(bytes);
      }
    }
  }
}
