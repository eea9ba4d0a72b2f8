package dev.fovea.server;

import dev.fovea.server.http.FrontEndListener;
import dev.fovea.server.metrics.RequestFigures;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Counts and tells what happens to requests, and ends the server when it must. */
final class Heard implements FrontEndListener {
  private final RequestFigures figures;
  private final ServerOptions.Logs logs;
  private final CompletableFuture<Void> ended;

  Heard(RequestFigures figures, ServerOptions.Logs logs, CompletableFuture<Void> ended) {
    this.figures = figures;
    this.logs = logs;
    this.ended = ended;
  }

  @Override
  public void answered(Answered request) {
    figures.answered(request.route(), request.status(), Duration.ofNanos(request.nanoseconds()));
    logs.access()
        .accept(
            new AnsweredRequest(
                request.client(),
                request.method(),
                request.path(),
                request.status(),
                request.bytes(),
                request.nanoseconds() / 1e6));
  }

  @Override
  public void failed(String route, Throwable cause) {
    logs.events().accept("a request to " + route + " failed: " + words(cause));
    System.getLogger(Server.class.getName())
        .log(System.Logger.Level.DEBUG, "a request to " + route + " failed", cause);
  }

  @Override
  public void fatal(Throwable cause) {
    ended.completeExceptionally(cause);
  }

  /** A failure in one line. */
  static String words(Throwable failure) {
    Throwable e = failure;
    while (e.getCause() != null
        && e.getMessage() != null
        && e.getMessage().contains(e.getCause().getClass().getName())) {
      e = e.getCause();
    }
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.lines().findFirst().orElse(e.getClass().getSimpleName());
  }
}
