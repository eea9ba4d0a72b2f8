package dev.fovea.server.model;

import java.util.concurrent.RejectedExecutionException;

/** More is asked than is taken on; the message is for clients. */
public final class BusyException extends RejectedExecutionException {
  private static final long serialVersionUID = 1;

  /** Says what there is too much of. */
  public BusyException(String message) {
    super(message);
  }
}
