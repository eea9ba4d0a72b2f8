package dev.fovea.server.http;

import dev.fovea.data.image.DataException;
import dev.fovea.server.model.BusyException;
import dev.fovea.server.model.StaleModelException;
import dev.fovea.server.protocol.ProtocolException;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** Turns whatever went wrong into an answer. */
final class Failures {
  /** Seconds after which a client may try again: no shorter time can be said. */
  static final String RETRY_AFTER = "1";

  private Failures() {}

  /** Whether the process cannot be trusted any more. */
  static boolean isFatal(Throwable essence) {
    return essence instanceof VirtualMachineError && !(essence instanceof StackOverflowError);
  }

  /** The answer to a request that ended so. */
  static Reply reply(Throwable essence) {
    if (essence instanceof ProtocolException e) {
      return e.status() == 503 ? busy(e.line()) : Reply.error(e.status(), e.line());
    }
    if (essence instanceof DataException) {
      return Reply.error(400, String.valueOf(essence.getMessage()));
    }
    if (essence instanceof BusyException || essence instanceof StaleModelException) {
      return busy(String.valueOf(essence.getMessage()));
    }
    if (essence instanceof RejectedExecutionException) {
      return busy("the server has no thread for this now; try again in a second");
    }
    if (essence instanceof TimeoutException) {
      return Reply.error(
          504,
          Objects.requireNonNullElse(
              essence.getMessage(), "the time of the request passed before it was answered"));
    }
    return Reply.error(500, "the server failed to answer; its log says why");
  }

  /** The answer of a server that cannot take more. */
  static Reply busy(String line) {
    return Reply.error(503, line).with("Retry-After", RETRY_AFTER);
  }

  /** Whether the client is not to blame, and nobody has foreseen it. */
  static boolean isDefect(Throwable essence) {
    return reply(essence).status() == 500;
  }
}
