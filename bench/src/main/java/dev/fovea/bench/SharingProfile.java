package dev.fovea.bench;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.loader.LoaderTurns;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.ReadAhead;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.eval.CompiledModel;
import dev.fovea.eval.Outcome;
import dev.fovea.eval.Predictor;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Measures how images and network best share the cores in inference: {@code SharingProfile PICTURES
 * KIND FILES MODEL f32|bf16 ROUNDS [CANDIDATE...]} classifies the same files with every candidate
 * in turn, in one process, and prints images per second and their ratio to those of {@code beside}.
 * Weights are random.
 */
final class SharingProfile {
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  /**
   * A way to share the cores.
   *
   * @param loaders threads that make images
   * @param threads threads of the network
   */
  private record Candidate(String name, int loaders, int threads, LoaderTurns turns) {}

  private static final List<Candidate> CANDIDATES =
      List.of(
          new Candidate("beside", CORES, CORES, LoaderTurns.BESIDE_THE_NETWORK),
          new Candidate("one-loader", 1, CORES, LoaderTurns.BESIDE_THE_NETWORK),
          new Candidate("narrow-network", CORES, 1, LoaderTurns.BESIDE_THE_NETWORK),
          new Candidate("a-core-each", 1, 1, LoaderTurns.BESIDE_THE_NETWORK),
          new Candidate("between-steps", CORES, CORES, LoaderTurns.BETWEEN_STEPS));

  private SharingProfile() {}

  /** Runs the measurement. */
  public static void main(String[] args) throws IOException {
    List<Path> files = new PictureFiles(Path.of(args[0])).of(args[1], Integer.parseInt(args[2]));
    int rounds = Integer.parseInt(args[5]);
    List<String> names = List.of(args).subList(6, args.length);
    List<Candidate> chosen =
        CANDIDATES.stream().filter(c -> names.isEmpty() || names.contains(c.name())).toList();
    Path model = Files.createTempFile("fovea-bench", ".safetensors");
    List<CompiledModel> classifiers = new ArrayList<>();
    try (UnlabeledImages images = UnlabeledImages.of(files, DecodeLimits.STANDARD)) {
      RandomModel.write(args[3], model);
      for (Candidate c : chosen) {
        classifiers.add(open(model, Precision.parse(args[4]), c, files.size()));
      }
      double[][] speeds = new double[chosen.size()][rounds];
      // The round before the first is warm-up.
      for (int round = -1; round < rounds; round++) {
        for (int place = 0; place < chosen.size(); place++) {
          int side = round % 2 == 0 ? place : chosen.size() - 1 - place;
          double speed = predict(classifiers.get(side), images, chosen.get(side)).rate();
          if (round >= 0) {
            speeds[side][round] = speed;
          }
        }
      }
      print(chosen, speeds);
    } finally {
      classifiers.forEach(CompiledModel::close);
      Files.delete(model);
    }
  }

  private static Predictor.Effort predict(CompiledModel classifier, Dataset images, Candidate by) {
    try (Dataset ahead = new ReadAhead(images)) {
      return Predictor.predict(classifier, ahead, by.loaders(), by.turns(), new Silent());
    }
  }

  private static CompiledModel open(Path model, Precision precision, Candidate c, int images) {
    return CompiledModel.open(
        model,
        new OneDnnBackend(),
        loaded ->
            new CompileOptions(
                Predictor.batch(loaded.graph(), images),
                precision,
                CompileOptions.Memory.NORMAL,
                c.threads()));
  }

  private static void print(List<Candidate> chosen, double[][] speeds) {
    double[] first = speeds[0].clone();
    for (int i = 0; i < chosen.size(); i++) {
      double[] ratios = new double[speeds[i].length];
      for (int round = 0; round < ratios.length; round++) {
        ratios[round] = speeds[i][round] / first[round];
      }
      Arrays.sort(ratios);
      Arrays.sort(speeds[i]);
      int middle = ratios.length / 2;
      System.out.printf(
          Locale.ROOT,
          "%-16s %7.2f images/s  ratio %.3f (%.3f to %.3f)%n",
          chosen.get(i).name(),
          speeds[i][middle],
          ratios[middle],
          ratios[0],
          ratios[ratios.length - 1]);
    }
  }

  /** Receives the answers and forgets them. */
  private static final class Silent implements Predictor.Listener {
    @Override
    public void on(Outcome outcome) {
      if (outcome instanceof Outcome.Unreadable bad) {
        throw new BenchException("cannot read " + bad.name() + ": " + bad.reason());
      }
    }

    @Override
    public boolean stops() {
      return false;
    }
  }
}
