package dev.fovea.spark;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Outcome;
import dev.fovea.eval.Predictor;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * A program, not a test: how fast Spark scores the images of a folder, beside what {@code fovea
 * predict} does with as many cores, both in turn. {@code spark/compare} runs it.
 */
public final class ScoringSpeed {
  private static final int ROUNDS = 5;
  private static final int SIDE = 224;
  private static final int CLASSES = 1000;
  private static final int SEED = 1;

  private ScoringSpeed() {}

  /**
   * Takes the folder, and optionally the number of cores, 2 otherwise, or the word {@code
   * processes} for two executors of one core each, and a network.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    String images = args[0];
    String cores = args.length > 1 ? args[1] : "2";
    String network = args.length > 2 ? args[2] : "resnet18";
    if (cores.equals("processes")) {
      onProcesses(images, network);
      return;
    }
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[" + cores + "]")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate()) {
      measure(spark, images, Integer.parseInt(cores), network);
    }
  }

  /** The driver of executors that are processes. */
  static final class Driver {
    private Driver() {}

    /** Takes the class path of executors, the folder and the network. */
    public static void main(String[] args) throws IOException {
      try (SparkSession spark = ExecutorProcesses.session(args[0])) {
        measure(spark, args[1], 2, args[2]);
      }
    }
  }

  private static void onProcesses(String images, String network)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("fovea-speed-");
    try (ExecutorProcesses cluster =
        new ExecutorProcesses(folder, Driver.class, List.of(images, network))) {
      if (cluster.exitCode() != 0) {
        throw new IllegalStateException(cluster.logs());
      }
      cluster.lines().stream()
          .filter(line -> line.startsWith("round ") || line.startsWith("median "))
          .forEach(System.out::println);
    }
  }

  private static void measure(SparkSession spark, String images, int cores, String network)
      throws IOException {
    Path folder = Files.createTempDirectory("fovea-speed-");
    Graph graph = Models.graph(network, CLASSES, Shape.of(3, SIDE, SIDE));
    Path model = Fixtures.model(folder, graph, SEED);
    List<Double> ratios = new ArrayList<>();
    try {
      for (int round = 0; round <= ROUNDS; round++) {
        double alone = predicted(model, images, cores);
        double stage = staged(spark, model, images);
        double function = asked(spark, model, images, round);
        System.out.printf(
            "round %d%s: fovea predict %.1f, stage %.1f (ratio %.3f), function %.1f (ratio %.3f)"
                + " images per second with %d cores%n",
            round,
            round == 0 ? " (warms up)" : "",
            alone,
            stage,
            stage / alone,
            function,
            function / alone,
            cores);
        if (round > 0) {
          ratios.add(stage / alone);
        }
      }
    } finally {
      Files.delete(model);
      Files.delete(folder);
    }
    Collections.sort(ratios);
    System.out.printf("median ratio of the stage %.3f%n", ratios.get(ratios.size() / 2));
  }

  private static double predicted(Path model, String images, int cores) {
    try (UnlabeledImages found =
            UnlabeledImages.of(List.of(Path.of(images)), DecodeLimits.STANDARD);
        CompiledModel classifier =
            CompiledModel.open(
                model,
                new OneDnnBackend(),
                m ->
                    new CompileOptions(
                        Predictor.batch(m.graph(), found.size()),
                        Precision.F32,
                        CompileOptions.Memory.NORMAL,
                        cores))) {
      return Predictor.predict(classifier, found, cores, new Checked()).rate();
    }
  }

  /** Every image is to be classified. */
  private static final class Checked implements Predictor.Listener {
    @Override
    public void on(Outcome outcome) {
      if (!(outcome instanceof Outcome.Seen)) {
        throw new IllegalStateException("not classified: " + outcome);
      }
    }

    @Override
    public boolean stops() {
      return false;
    }
  }

  private static double staged(SparkSession spark, Path model, String images) {
    var files = spark.read().format("binaryFile").option("recursiveFileLookup", true).load(images);
    long start = System.nanoTime();
    long count =
        new FoveaClassifier()
            .setModel(model.toString())
            .setPrecision("f32")
            .transform(files)
            .filter("prediction IS NOT NULL")
            .count();
    return rate(count, start);
  }

  private static double asked(SparkSession spark, Path model, String images, int round) {
    var files = spark.read().format("binaryFile").option("recursiveFileLookup", true).load(images);
    String name = "classify" + round;
    FoveaFunctions.register(
        spark, name, new FoveaClassifier().setModel(model.toString()).setPrecision("f32"));
    files.createOrReplaceTempView("images");
    long start = System.nanoTime();
    long count =
        spark
            .sql("SELECT path FROM images WHERE " + name + "(content).prediction IS NOT NULL")
            .count();
    return rate(count, start);
  }

  private static double rate(long count, long start) {
    return count / ((System.nanoTime() - start) / 1e9);
  }
}
