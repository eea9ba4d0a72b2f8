package dev.fovea.bench;

import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Ensemble;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Protocols;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.train.RunConfig;
import dev.fovea.train.TrainResult;
import dev.fovea.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures what an algorithm for convolutions costs in accuracy: trains ResNet-20 and the network
 * of the recipe {@code cifar-hour} with direct convolutions and with the other algorithm, with the
 * same seeds, and evaluates every run on the whole test set.
 *
 * <p>The seed decides the first weights, the order of the images and their augmentation, so that
 * two runs with the same seed differ in the convolutions alone.
 */
@Command(
    name = "accuracy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Trains ResNet-20 and the network of cifar-hour with direct convolutions and with another"
            + " algorithm, and prints the accuracy of every run on the test set.")
public final class AccuracyOfConvolutions implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "DATA", description = "CIFAR-10, a folder or an archive")
  private Path data = Path.of("");

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "f32",
      description = "f32 or bf16 (default f32)")
  private String precision = "f32";

  @Option(
      names = "--algorithm",
      paramLabel = "A",
      defaultValue = "fast",
      description = "what is compared with direct, auto or fast (default fast)")
  private String algorithm = "fast";

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "runs of each network with each algorithm (default 3)")
  private int seeds;

  @Option(
      names = "--first-seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "seed of the first run (default 0)")
  private int firstSeed;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description = "one of the two networks (default: both)")
  private String only = "";

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "10",
      description = "length of a run (default 10)")
  private int epochs;

  @Option(
      names = "--fraction",
      paramLabel = "F",
      defaultValue = "0.1",
      description = "part of the training images (default 0.1)")
  private double fraction;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "threads of the engine (default 2)")
  private int threads;

  private final OneDnnBackend backend = new OneDnnBackend();

  /** Exit code: 0 for success, 1 for failure, 2 for wrong usage. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new AccuracyOfConvolutions());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (!(failure instanceof BenchException || failure instanceof IllegalArgumentException)) {
            throw failure;
          }
          command.getErr().println("accuracy: " + failure.getMessage());
          return 1;
        });
    System.exit(line.execute(args));
  }

  @Override
  public Integer call() throws IOException {
    ConvolutionAlgorithm other = ConvolutionAlgorithm.parse(algorithm);
    Path runs = Files.createTempDirectory("accuracy");
    try (Dataset test =
        Datasets.open(data, Split.TEST, DatasetOptions.STANDARD.withThreads(threads))) {
      for (RunConfig network : wanted()) {
        compare(network, other, test, runs);
      }
    } finally {
      delete(runs);
    }
    return 0;
  }

  private List<RunConfig> wanted() {
    List<RunConfig> all = networks();
    List<RunConfig> wanted =
        all.stream().filter(n -> only.isEmpty() || n.network().model().equals(only)).toList();
    if (wanted.isEmpty()) {
      throw new BenchException(
          "there is no network '"
              + only
              + "'; expected one of "
              + all.stream().map(n -> n.network().model()).collect(Collectors.joining(", ")));
    }
    return wanted;
  }

  // One cycle for both, since a short run needs a schedule that ends.
  private static List<RunConfig> networks() {
    RunConfig resnet =
        RunConfig.named("cifar-resnet")
            .withModel("resnet20")
            .with(Schedule.OneCycle.standard())
            .withRate(0.2)
            .with(Sgd.nesterov(0.9))
            .with(ParameterGroups.decayWeights(5e-4));
    return List.of(resnet, RunConfig.named("cifar-hour"));
  }

  private void compare(RunConfig network, ConvolutionAlgorithm other, Dataset test, Path runs) {
    String name = network.network().model();
    Map<ConvolutionAlgorithm, List<Double>> accuracies = new EnumMap<>(ConvolutionAlgorithm.class);
    List<ConvolutionAlgorithm> both = List.of(ConvolutionAlgorithm.DIRECT, other);
    for (int seed = firstSeed; seed < firstSeed + seeds; seed++) {
      for (ConvolutionAlgorithm a : both) {
        Path folder = runs.resolve(name + "-" + a.label() + "-" + seed);
        long start = System.nanoTime();
        double accuracy = accuracy(config(network, a, seed, folder), test);
        accuracies.computeIfAbsent(a, k -> new ArrayList<>()).add(accuracy);
        System.out.printf(
            Locale.ROOT,
            "%s %s %s seed %d: %.2f %% in %.0f s%n",
            name,
            precision,
            a.label(),
            seed,
            100 * accuracy,
            (System.nanoTime() - start) / 1e9);
      }
    }
    SeedSpread direct =
        new SeedSpread(accuracies.getOrDefault(ConvolutionAlgorithm.DIRECT, List.of()));
    SeedSpread fast = new SeedSpread(accuracies.getOrDefault(other, List.of()));
    System.out.printf(
        Locale.ROOT,
        "%s %s: direct %s; %s %s; difference of the means %+.2f, %s%n",
        name,
        precision,
        direct,
        other.label(),
        fast,
        100 * (fast.mean() - direct.mean()),
        fast.isWithin(direct)
            ? "within the spread of the seeds"
            : "beyond the spread of the seeds");
  }

  private RunConfig config(RunConfig network, ConvolutionAlgorithm a, int seed, Path folder) {
    RunConfig.Engine engine =
        network.engine().with(Precision.parse(precision)).with(a).withThreads(threads);
    return network
        .with(network.data().withSource(data.toString()).withFraction(fraction))
        .with(TrainingLength.epochs(epochs))
        .with(engine.withSeed(seed))
        .with(network.output().into(folder.toString(), false).withEvaluateEvery(epochs));
  }

  private double accuracy(RunConfig config, Dataset test) {
    TrainResult result;
    try (Trainer trainer = Trainer.open(config, backend)) {
      result = trainer.run();
    }
    CompileOptions options =
        new CompileOptions(
                config.learning().batch(),
                config.engine().resolvedPrecision(),
                CompileOptions.Memory.NORMAL,
                threads)
            .convolving(config.engine().convolution());
    try (CompiledModel classifier = CompiledModel.open(result.model(), backend, options);
        Ensemble ensemble = Ensemble.of(List.of(classifier), Protocols.SINGLE)) {
      Evaluation evaluation =
          ensemble
              .evaluate(
                  test,
                  LoaderOptions.STANDARD.withThreads(threads, LoaderOptions.STANDARD.prefetch()),
                  (item, label, probabilities) -> {},
                  () -> false)
              .orElseThrow();
      return (double) evaluation.right() / test.size();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              f -> {
                try {
                  Files.delete(f);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
