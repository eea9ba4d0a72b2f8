package dev.fovea;

import dev.fovea.api.Api;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The cores of a machine, for classifiers that take turns on them: {@link
 * ClassifierOptions#sharing}. Whoever has its turn decodes and computes one batch, alone; then come
 * the others that wait, in the order in which they came. So a model that is asked much does not
 * hold up one that is asked little by more than a batch.
 *
 * <pre>{@code
 * SharedCores cores = new SharedCores();
 * ClassifierOptions options = ClassifierOptions.standard().sharing(cores);
 * try (Classifier cats = Classifier.open(Path.of("cats.safetensors"), options);
 *     Classifier dogs = Classifier.open(Path.of("dogs.safetensors"), options)) {
 *   System.out.println(cats.predict(Path.of("a.jpg")).best());
 *   System.out.println(dogs.predict(Path.of("a.jpg")).best());
 * }
 * }</pre>
 *
 * <p>Safe for any number of threads.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class SharedCores {
  // Fair: who has just had a turn comes after all who wait.
  private final ReentrantLock turn = new ReentrantLock(true);

  /** Makes cores that nobody uses yet. */
  public SharedCores() {}

  /**
   * Waits for a turn, works on the calling thread while all others wait, and ends the turn. Work
   * may take a turn again while it has one.
   *
   * @param work some ten milliseconds of it, or the others wait long
   */
  public <T> T use(Supplier<T> work) {
    turn.lock();
    try {
      return work.get();
    } finally {
      turn.unlock();
    }
  }

  /** How many wait for a turn, about. */
  int waiting() {
    return turn.getQueueLength();
  }
}
