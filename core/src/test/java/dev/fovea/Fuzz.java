package dev.fovea;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Gives a reader damaged input and holds it to its rules: nothing but its declared exceptions, a
 * bounded time and a bounded amount of memory for every single input.
 *
 * <p>Input {@code n} is a function of the seed and {@code n} alone. A failing one is written to
 * {@code target/fuzz} and named with what repeats it. The defaults are short and always the same;
 * {@code -Dfovea.fuzz.seconds=600 -Dfovea.fuzz.seed=7} makes a long run of other inputs, and {@code
 * -Dfovea.fuzz.first=N -Dfovea.fuzz.seed=...} begins with input N.
 */
public final class Fuzz {
  /** Of the processor, so that a busy machine makes nothing fail. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int SHOWN = 64;

  private final String name;
  private final int rounds;
  private final long mostBytes;
  private final Set<Class<? extends Exception>> declared;
  private volatile byte[] current = {};
  private volatile long number;
  private volatile long began;
  private volatile @Nullable Throwable failure;
  private long refused;
  private long read;

  /** What is tested. */
  public interface Reader {
    /** Reads as a user of the input would. */
    void read(byte[] input) throws Exception;
  }

  /** Where inputs come from. */
  public interface Source {
    /** A damaged input. */
    byte[] next(SplittableRandom random) throws IOException;
  }

  /** How many inputs were refused and how many were read. */
  public record Outcome(long refused, long read) {}

  private Fuzz(String name, int rounds, long mostBytes, Set<Class<? extends Exception>> declared) {
    this.name = name;
    this.rounds = rounds;
    this.mostBytes = mostBytes;
    this.declared = declared;
  }

  /**
   * A campaign.
   *
   * @param rounds inputs, where no time is set from outside
   * @param mostBytes that one input may allocate in the Java heap
   * @param declared the exceptions that say that an input is refused
   */
  public static Fuzz of(
      String name, int rounds, long mostBytes, Set<Class<? extends Exception>> declared) {
    return new Fuzz(name, rounds, mostBytes, declared);
  }

  /** Runs it; an {@link AssertionError} names the first input that breaks a rule. */
  public Outcome run(Source source, Reader reader) {
    long seed = Long.getLong("fovea.fuzz.seed", 0) ^ name.hashCode();
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Thread worker = new Thread(() -> work(seed, source, reader, memory), "fuzz-" + name);
    worker.setDaemon(true);
    worker.start();
    while (worker.isAlive()) {
      try {
        worker.join(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
      if (memory.getThreadCpuTime(worker.getId()) - began > PATIENCE.toNanos()) {
        AssertionError slow =
            new AssertionError("takes more than " + PATIENCE + " of the processor");
        slow.setStackTrace(worker.getStackTrace());
        throw broken(slow);
      }
    }
    Throwable t = failure;
    if (t != null) {
      throw broken(t);
    }
    return new Outcome(refused, read);
  }

  private void work(long seed, Source source, Reader reader, ThreadMXBean memory) {
    long id = Thread.currentThread().getId();
    long seconds = Long.getLong("fovea.fuzz.seconds", 0);
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    long first = Long.getLong("fovea.fuzz.first", 0);
    try {
      for (long n = first; seconds > 0 ? System.nanoTime() < end : n < first + rounds; n++) {
        number = n;
        current = source.next(new SplittableRandom(seed + n * 0x9e3779b97f4a7c15L));
        began = memory.getThreadCpuTime(id);
        long before = memory.getThreadAllocatedBytes(id);
        read(reader);
        long took = memory.getThreadAllocatedBytes(id) - before;
        if (took > mostBytes) {
          throw new AssertionError("allocates " + took + " bytes; the limit is " + mostBytes);
        }
      }
    } catch (Throwable t) {
      failure = t;
    }
  }

  private void read(Reader reader) throws Exception {
    try {
      reader.read(current);
      read++;
    } catch (Exception e) {
      if (declared.stream().noneMatch(c -> c == e.getClass())) {
        throw e;
      }
      refused++;
    }
  }

  private AssertionError broken(Throwable why) {
    byte[] input = current;
    Path file = Path.of("target", "fuzz", name.replaceAll("\\W+", "-") + "-" + number + ".bin");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, input);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] head = java.util.Arrays.copyOf(input, Math.min(SHOWN, input.length));
    return new AssertionError(
        name
            + ": input "
            + number
            + " of seed "
            + Long.getLong("fovea.fuzz.seed", 0)
            + " ("
            + input.length
            + " bytes, "
            + HexFormat.of().formatHex(head)
            + "..., kept in "
            + file.toAbsolutePath()
            + "): "
            + why,
        why);
  }
}
