package dev.fovea.bench;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code bench/sums}: Fovea's ring and Gloo, in turn, between two processes. */
@Command(
    name = "sums",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Sums over two processes by loopback: Fovea's ring in both wire formats and Gloo of"
            + " libtorch take turns; then what each says of a peer that is killed or stopped.")
public final class CompareSums implements Callable<Integer> {
  private static final List<String> LIBRARIES = List.of("ring-f32", "ring-bf16", "gloo");
  private static final int GLOO = 2;
  // The sides have 1 GB for values of 4 bytes.
  private static final int MOST_VALUES = 200_000_000;

  @Option(
      names = "--values",
      split = ",",
      defaultValue = "25000000,250000,1000",
      description = "values in a sum, multiples of 1000 (default 25000000,250000,1000)")
  private List<Integer> lengths = List.of();

  @Option(names = "--rounds", defaultValue = "5", description = "turns per side (default 5)")
  private int rounds;

  @Option(names = "--seconds", defaultValue = "1", description = "length of a turn (default 1)")
  private double seconds;

  @Option(names = "--faults", description = "kill and stop the peer, in place of measuring")
  private boolean faults;

  /** Exit code: 0 for success. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new CompareSums()).execute(args));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    for (int length : lengths) {
      if (length <= 0 || length > MOST_VALUES || length % SummingSide.UNIT != 0) {
        throw new BenchException(
            "--values names "
                + length
                + "; expected multiples of "
                + SummingSide.UNIT
                + " up to "
                + MOST_VALUES);
      }
    }
    if (faults) {
      for (String library : LIBRARIES) {
        for (String signal : List.of("KILL", "STOP")) {
          disturb(library, signal);
        }
      }
      return 0;
    }
    checks();
    try (Processes all = new Processes()) {
      System.out.println("values library ms GB/s ratio-to-gloo lowest highest");
      for (int length : lengths) {
        compare(all.sides, length);
      }
    }
    return 0;
  }

  private void compare(List<SideProcess> sides, int length) {
    List<Side> views = new ArrayList<>();
    sides.forEach(side -> views.add(side.on(Integer.toString(length))));
    Contest.Outcome outcome = new Contest(1, rounds, seconds).among(views);
    for (int i = 0; i < views.size(); i++) {
      double speed = outcome.speed(i);
      Contest.Ratio ratio = outcome.ratio(i, GLOO);
      System.out.printf(
          Locale.ROOT,
          "%d %s %.3f %.2f %.2f %.2f %.2f%n",
          length,
          LIBRARIES.get(i),
          1000 / speed,
          4e-9 * length * speed,
          ratio.median(),
          ratio.lowest(),
          ratio.highest());
    }
  }

  private static final class Processes implements AutoCloseable {
    private final List<SideProcess> sides = new ArrayList<>();

    Processes() {
      try {
        for (String library : LIBRARIES) {
          sides.add(SideProcess.start(library, command(library, "turns"), environment()));
        }
      } catch (BenchException e) {
        close();
        throw e;
      }
    }

    @Override
    public void close() {
      sides.forEach(SideProcess::close);
    }
  }

  private static List<String> command(String library, String work) {
    return List.of(
        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
        "-Xmx512m",
        "-XX:MaxDirectMemorySize=1g",
        "-cp",
        System.getProperty("java.class.path"),
        SummingSide.class.getName(),
        library,
        work);
  }

  private static Map<String, String> environment() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("OMP_NUM_THREADS", "1");
    return variables;
  }

  private static void disturb(String library, String signal)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command(library, signal)).inheritIO();
    builder.environment().putAll(environment());
    System.out.println(library + ":");
    System.out.flush();
    Process process = builder.start();
    if (process.waitFor(60, TimeUnit.SECONDS)) {
      System.out.println("  exit code " + process.exitValue());
    } else {
      System.out.println("  hangs, 60 s after its start");
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** What it costs to check or to sign what is sent, per piece. */
  private static void checks() {
    ByteBuffer piece = ByteBuffer.allocateDirect(1 << 18);
    CRC32C crc = new CRC32C();
    Mac mac;
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new BenchException("this Java runtime has no HMAC-SHA-256", e);
    }
    for (int round = 0; round < 3; round++) {
      double checked = speed(() -> crc.update(piece.clear()), 4000);
      double signed = speed(() -> mac.update(piece.clear()), 1000);
      System.out.printf(
          Locale.ROOT, "CRC-32C %.1f GB/s, HMAC-SHA-256 %.2f GB/s%n", checked, signed);
    }
  }

  private static double speed(Runnable work, int count) {
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      work.run();
    }
    return (double) count * (1 << 18) / (System.nanoTime() - start);
  }
}
