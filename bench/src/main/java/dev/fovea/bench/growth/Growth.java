package dev.fovea.bench.growth;

import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench/growth}. */
@Command(
    name = "growth",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Predicts training on several machines from a step on this one: images per second, and the"
            + " part of the speed of single machines that is left. With --limits, two ranks of one"
            + " thread train over a cable of limited speed, beside what is predicted for it.")
public final class Growth implements Callable<Integer> {
  private static final int[] RANKS = {2, 4, 8, 16, 32, 64};
  private static final int[] GIGABITS = {1, 10, 25};

  @Parameters(index = "0", paramLabel = "MODEL")
  private String model = "";

  @Parameters(index = "1", paramLabel = "BATCH", description = "images of a step on each rank")
  private int batch;

  @Option(names = "--side", description = "image size in pixels (default: the model's)")
  private @Nullable Integer side;

  @Option(
      names = "--threads",
      defaultValue = "2",
      description = "per rank (default 2; with --limits 1)")
  private int threads;

  @Option(
      names = "--precision",
      defaultValue = "f32",
      converter = PrecisionConverter.class,
      description = "f32 or bf16 (default f32)")
  private Precision precision = Precision.F32;

  @Option(names = "--steps", defaultValue = "15", description = "measured (default 15)")
  private int steps;

  @Option(
      names = "--latency",
      defaultValue = "0.1",
      description = "of a message, in milliseconds, for the prediction (default 0.1)")
  private double latency;

  @Option(
      names = "--ring",
      defaultValue = "2.25",
      description = "GB/s of a sum without a network, as bench/sums shows it (default 2.25)")
  private double ring;

  @Option(
      names = "--faster",
      split = ",",
      defaultValue = "1,8",
      description = "also for machines that compute faster by these factors (default 1,8)")
  private List<Double> factors = List.of();

  @Option(
      names = "--limits",
      split = ",",
      description = "Mbit/s of the cable between two ranks of one thread; as root")
  private List<Integer> limits = List.of();

  private static final class PrecisionConverter implements CommandLine.ITypeConverter<Precision> {
    @Override
    public Precision convert(String value) {
      return Precision.parse(value);
    }
  }

  /** Exit code: 0 for success. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Growth()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Shape own = Models.info(model).input();
    int pixels = side == null ? own.dim(1) : side;
    Shape input = Shape.of(own.dim(0), pixels, pixels);
    Graph graph = Models.graph(model, 10, input);
    int used = limits.isEmpty() ? threads : 1;
    GrowthModel alone =
        StepProfile.of(graph, new CompileOptions(batch, precision, Memory.NORMAL, used), steps);
    print(alone, used);
    if (limits.isEmpty()) {
      factors.forEach(factor -> predict(alone.faster(factor), factor));
    } else {
      check(alone, pixels);
    }
    return 0;
  }

  private void print(GrowthModel alone, int used) {
    long bytes = alone.pieces().stream().mapToLong(GrowthModel.Piece::bytes).sum();
    System.out.printf(
        Locale.ROOT,
        "%s, batch %d, %s, threads %d: step %.1f ms, backward pass ends at %.1f ms;"
            + " %.2f MB of gradients, %.3f MB of statistics%n",
        model,
        batch,
        precision,
        used,
        1e3 * alone.step(),
        1e3 * alone.backward(),
        1e-6 * bytes,
        1e-6 * alone.statistics());
    for (GrowthModel.Piece piece : alone.pieces()) {
      System.out.printf(
          Locale.ROOT, "  %.2f MB ready at %.1f ms%n", 1e-6 * piece.bytes(), 1e3 * piece.ready());
    }
  }

  private void predict(GrowthModel rank, double factor) {
    System.out.printf(
        Locale.ROOT,
        "%nranks that compute %s times as fast: %.1f images/s alone%n",
        factor,
        batch / rank.step());
    System.out.println("| ranks | 1 Gbit/s | 10 Gbit/s | 25 Gbit/s |");
    System.out.println("|---|---|---|---|");
    for (int ranks : RANKS) {
      StringBuilder row = new StringBuilder("| " + ranks + " |");
      for (int gigabits : GIGABITS) {
        Link link = Link.of(1e9 * gigabits, latency / 1e3, 1e9 * ring);
        row.append(
            String.format(
                Locale.ROOT,
                " %.0f (%.0f %%) |",
                ranks * batch / rank.seconds(ranks, link),
                100 * rank.efficiency(ranks, link)));
      }
      System.out.println(row);
    }
  }

  private void check(GrowthModel alone, int pixels) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(model, Integer.toString(batch), Integer.toString(pixels), precision.label()));
    Path folder = Files.createTempDirectory("fovea-growth");
    try (LinkedMachines machines = LinkedMachines.open()) {
      GrowthRank.Measured free = machines.train(arguments, folder.resolve("free"));
      GrowthModel rank = alone.fitted(free.step(), free.link());
      System.out.printf(
          Locale.ROOT,
          "no limit: sums at %.2f GB/s, latency %.3f ms; step %.1f ms, of which %.1f ms waiting;"
              + " fitted: %.1f ms without the other rank%n",
          1e-9 * free.link().bytesPerSecond(),
          1e3 * free.link().latency(),
          1e3 * free.step(),
          1e3 * free.waited(),
          1e3 * rank.step());
      System.out.println(
          "| Mbit/s | predicted, images/s | seen | seen / predicted | waiting, predicted | seen |");
      System.out.println("|---|---|---|---|---|---|");
      for (int limit : limits) {
        machines.limit(limit);
        GrowthRank.Measured seen =
            machines.train(arguments, folder.resolve(Integer.toString(limit)));
        Link link = Link.of(1e6 * limit, free.link().latency(), free.link().bytesPerSecond());
        System.out.printf(
            Locale.ROOT,
            "| %d | %.1f | %.1f | %.3f | %.1f ms | %.1f ms |%n",
            limit,
            2 * batch / rank.seconds(2, link),
            2 * batch / seen.step(),
            rank.seconds(2, link) / seen.step(),
            1e3 * rank.waiting(2, link),
            1e3 * seen.waited());
      }
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
