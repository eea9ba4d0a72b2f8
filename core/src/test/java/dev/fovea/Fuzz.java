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
 * Feeds a reader damaged input and checks that every input causes only declared exceptions and
 * takes bounded time and memory.
 *
 * <p>Input {@code n} depends only on the seed and {@code n}. A failing input is written to {@code
 * target/fuzz}, and the error says how to reproduce it. Default runs are short and deterministic;
 * {@code -Dfovea.fuzz.seconds=600 -Dfovea.fuzz.seed=7} makes a long run with other inputs, and
 * {@code -Dfovea.fuzz.first=N -Dfovea.fuzz.seed=...} starts with input N.
 */
public final class Fuzz {
  /** CPU time, so that a busy machine causes no failures. */
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

  /** The reader under test. */
  public interface Reader {
    /** Reads as a user of the input would. */
    void read(byte[] input) throws Exception;
  }

  /** The source of inputs. */
  public interface Source {
    /** Creates a damaged input. */
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
   * @param rounds the number of inputs, unless a time is set by a system property
   * @param mostBytes how much of the Java heap one input may allocate
   * @param declared the exceptions by which an input is refused
   */
  public static Fuzz of(
      String name, int rounds, long mostBytes, Set<Class<? extends Exception>> declared) {
    return new Fuzz(name, rounds, mostBytes, declared);
  }

  /** Runs the campaign; an {@link AssertionError} names the first input that violates a rule. */
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
