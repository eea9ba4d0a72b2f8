package dev.fovea.bench.load;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Asks over one connection, which is opened again whenever it was closed. One thread at a time. */
final class Client implements AutoCloseable {
  private final Target target;
  private final Tally tally;
  private @Nullable Connection connection;

  Client(Target target, Tally tally) {
    this.target = target;
    this.tally = tally;
  }

  /**
   * Asks and counts what comes of it.
   *
   * @param intended when the request should have been sent, from where latency counts
   * @return the status of the answer; 0 without one
   */
  int ask(Question question, long intended) {
    Connection open = connection();
    if (open == null) {
      return 0;
    }
    try {
      Answer answer = open.ask(question.request());
      tally.answered(question, answer, System.nanoTime() - intended);
      if (answer.closes()) {
        close();
      }
      return answer.status();
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage());
      if (open.answering()) {
        tally.cut(reason);
      } else if (target.stoppedBefore(open.opened())) {
        // Opened while the server closed its port: nobody had accepted it.
        tally.notConnected();
      } else {
        tally.unanswered(reason);
      }
      close();
      return 0;
    }
  }

  private @Nullable Connection connection() {
    if (connection == null) {
      try {
        connection = new Connection(target.port());
      } catch (IOException e) {
        if (target.isStopping()) {
          tally.notConnected();
        } else {
          tally.unanswered("no connection: " + e.getMessage());
        }
      }
    }
    return connection;
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
