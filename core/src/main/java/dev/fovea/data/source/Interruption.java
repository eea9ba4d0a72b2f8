package dev.fovea.data.source;

/** Waiting for a thread without losing an interrupt meant for the waiting one. */
public final class Interruption {
  private Interruption() {}

  public static void join(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
