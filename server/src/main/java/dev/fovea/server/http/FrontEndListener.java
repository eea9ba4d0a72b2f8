package dev.fovea.server.http;

/** Hears what happens at the server's end of HTTP. Called by any thread, which waits. */
public interface FrontEndListener {
  /** A request has been answered. */
  void answered(Answered request);

  /** A request has failed by a defect. */
  void failed(String route, Throwable cause);

  /** The process cannot go on: there is no memory left. */
  void fatal(Throwable cause);

  /**
   * A request and its answer, for a log. Nothing in it comes from a body or a header.
   *
   * @param client the address that it came from
   * @param route the pattern of its path; {@code "other"} if none matched
   * @param path as asked for, without the query
   * @param bytes of the answer's body
   * @param nanoseconds from the header of the request to the answer
   */
  record Answered(
      String client,
      String method,
      String route,
      String path,
      int status,
      long bytes,
      long nanoseconds) {}
}
