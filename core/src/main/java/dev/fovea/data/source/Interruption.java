package dev.fovea.data.source;

/** Joins threads without losing interrupts of the waiting thread. */
public final class Interruption {
  private Interruption() {}

  /** Waits for {@code thread} to end; an interrupt meanwhile is restored afterwards. */
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
