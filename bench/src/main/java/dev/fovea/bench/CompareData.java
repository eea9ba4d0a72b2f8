package dev.fovea.bench;

import dev.fovea.bench.onnx.NetworkModel;
import dev.fovea.bench.python.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command {@code bench/data}: compares Fovea's way from files to network input and answers with
 * Python's, one line for each kind of files.
 */
@Command(
    name = "data",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs Fovea and a Python pipeline in turn, from files to pixels, network input and"
            + " answers, and prints ratios. See bench/README.md.")
public final class CompareData implements Callable<Integer> {
  private static final String MODEL = "resnet50";
  private static final int LARGEST_BATCH = 16;

  @Parameters(
      index = "0",
      paramLabel = "PICTURES",
      description = "the folder that bench/python/make_pictures.py made")
  private Path pictures = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "ROW",
      description =
          "decode, draft, crop, resize, predict-phone, predict-phone-bf16, predict-inet,"
              + " train-f32, train-bf16, train-resnet50-bf16 (default: all)")
  private String[] rows = {};

  @Option(
      names = "--rounds",
      paramLabel = "R",
      defaultValue = "5",
      description = "turns per side (default 5)")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "3",
      description = "length of a turn of work on single pictures (default 3)")
  private double seconds;

  @Option(
      names = "--train-seconds",
      paramLabel = "S",
      defaultValue = "15",
      description = "length of a turn of training (default 15)")
  private double trainSeconds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "threads of a pipeline, per side (default 2)")
  private int threads;

  @Option(
      names = "--few",
      paramLabel = "N",
      defaultValue = "2",
      description = "files of the short process that stands for the start (default 2)")
  private int few;

  @Option(
      names = "--files",
      paramLabel = "N",
      description = "files of the long process (default: 96 photographs, 200 of 500 pixels)")
  private @Nullable Integer files;

  @Option(
      names = "--source",
      paramLabel = "PATH",
      description = "what the train rows read, for example a pack (default: PICTURES/inet)")
  private @Nullable Path source;

  @Option(
      names = "--augment",
      paramLabel = "PRESET",
      defaultValue = "resnet-torch",
      description = "augmentation of the train rows (default resnet-torch)")
  private String augment = "resnet-torch";

  @Option(
      names = "--loaders",
      paramLabel = "N",
      description = "loader threads of the train rows (default: as many as --threads)")
  private @Nullable Integer loaders;

  @Option(
      names = "--loader-turns",
      paramLabel = "WHEN",
      defaultValue = "beside-the-network",
      description =
          "when the loader threads of the train rows work, beside-the-network or between-steps"
              + " (default beside-the-network, as in training)")
  private String turns = "beside-the-network";

  @Option(
      names = "--python",
      paramLabel = "DIR",
      description = "virtual environment with Pillow (default: $FOVEA_BENCH_PYTHON)")
  private @Nullable String python;

  @Option(names = "--json", description = "one JSON object per line")
  private boolean json;

  /** Exit code: 0 for success, 1 for failure, 2 for wrong usage. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new CompareData()).execute(args));
  }

  @Override
  public Integer call() {
    if (rounds < 1 || threads < 1 || few < 1) {
      throw usage("--rounds, --threads and --few must be at least 1");
    }
    List<DataRow> chosen;
    try {
      chosen = DataRow.named(rows);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
    if (!json) {
      System.out.println(DataComparison.HEADING);
    }
    int code = 0;
    for (DataRow row : chosen) {
      try {
        measure(row).forEach(line -> System.out.println(json ? line.json() : line.line()));
      } catch (BenchException e) {
        // The rows that follow may well be possible.
        System.err.println("data: " + row.word() + ": " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }

  private List<DataComparison> measure(DataRow row) {
    if (row instanceof DataRow.Pictures work) {
      return measure(work);
    }
    return row instanceof DataRow.Predict run ? measure(run) : measure((DataRow.Train) row);
  }

  private PythonEnvironment environment() {
    return PythonEnvironment.in(
        python == null ? System.getenv(PythonEnvironment.VARIABLE) : python,
        Path.of(System.getProperty("fovea.bench.python", "bench/python")));
  }

  /** A command line of {@code pictures.py}. */
  private List<String> python(String... words) {
    PythonEnvironment environment = environment();
    List<String> command =
        new ArrayList<>(
            List.of(environment.python().toString(), environment.pictures().toString()));
    command.addAll(List.of(words));
    return command;
  }

  private List<DataComparison> measure(DataRow.Pictures row) {
    List<String> words = new ArrayList<>(List.of(row.word(), pictures.toString()));
    words.addAll(row.kinds());
    List<String> theirs = python("turns");
    theirs.addAll(words);
    List<DataComparison> lines = new ArrayList<>();
    try (SideProcess fovea =
            SideProcess.start("fovea", Commands.fovea(PicturesSide.class, words), Map.of());
        SideProcess pillow = SideProcess.start("pillow", theirs, Map.of())) {
      List<Side> sides = new ArrayList<>();
      for (String kind : row.kinds()) {
        sides.add(fovea.on(kind));
        sides.add(pillow.on(kind));
      }
      Contest.Outcome outcome = new Contest(1, rounds, seconds).among(sides);
      for (int i = 0; i < row.kinds().size(); i++) {
        lines.add(
            DataComparison.of(
                row.word(),
                row.kinds().get(i),
                pillow.name(),
                DataComparison.Kind.TIME,
                outcome,
                2 * i,
                2 * i + 1));
      }
    }
    return lines;
  }

  private List<DataComparison> measure(DataRow.Train row) {
    Path data = source == null ? pictures.resolve("inet") : source;
    List<String> words =
        List.of(
            data.toString(),
            row.model(),
            Integer.toString(row.side()),
            Integer.toString(row.batch()),
            row.precision(),
            augment,
            Integer.toString(threads),
            Integer.toString(loaders == null ? threads : loaders),
            turns);
    try (SideProcess fovea =
        SideProcess.start(
            "fovea", Commands.fovea(FeedSide.class, words), Map.of("OMP_DYNAMIC", "false"))) {
      Contest.Outcome outcome =
          new Contest(row.batch(), rounds, trainSeconds)
              .among(List.of(fovea.on(FeedSide.FED), fovea.on(FeedSide.BARE)));
      return List.of(
          DataComparison.of(
              row.word(),
              source == null ? "inet" : String.valueOf(source.getFileName()),
              "the bare step",
              DataComparison.Kind.SPEED,
              outcome,
              0,
              1));
    }
  }

  /** Whole processes in turns: with few files and with all, the difference being without start. */
  private List<DataComparison> measure(DataRow.Predict row) {
    int count = files == null ? row.files() : files;
    if (count <= few) {
      throw usage("--files must be more than --few");
    }
    List<Path> all = new PictureFiles(pictures).of(row.kind(), count);
    try (PredictFiles models = new PredictFiles()) {
      List<WholeProcess> brief = sides(row, models, few);
      List<WholeProcess> full = sides(row, models, count);
      List<List<Double>> speeds =
          IntStream.range(0, 4).<List<Double>>mapToObj(i -> new ArrayList<>()).toList();
      // The round before the first fills the caches of the machine and builds the launcher.
      for (int round = -1; round < rounds; round++) {
        for (int place = 0; place < 2; place++) {
          int side = round % 2 == 0 ? place : 1 - place;
          double start = brief.get(side).seconds(all.subList(0, few));
          double whole = full.get(side).seconds(all);
          if (round >= 0) {
            speeds.get(side).add(count / whole);
            speeds.get(2 + side).add(withoutStart(count - few, whole - start));
          }
        }
      }
      Contest.Outcome outcome = new Contest.Outcome(speeds);
      String peer = full.get(1).name();
      return List.of(
          DataComparison.of(row.word(), row.kind(), peer, DataComparison.Kind.SPEED, outcome, 0, 1),
          DataComparison.of(
              row.word() + ", start taken off",
              row.kind(),
              peer,
              DataComparison.Kind.SPEED,
              outcome,
              2,
              3));
    }
  }

  private static double withoutStart(int images, double seconds) {
    if (seconds <= 0) {
      throw new BenchException(
          "a process with "
              + images
              + " more files took no longer than one with few; expected the files to outweigh"
              + " the noise of the machine: raise --files");
    }
    return images / seconds;
  }

  /** Fovea and the pipeline for so many files; the pipeline's model has a fixed batch. */
  private List<WholeProcess> sides(DataRow.Predict row, PredictFiles models, int count) {
    return List.of(fovea(row, models), pipeline(row, models, Math.min(count, LARGEST_BATCH)));
  }

  private WholeProcess fovea(DataRow.Predict row, PredictFiles models) {
    return new WholeProcess(
        "fovea",
        List.of(
            System.getProperty("fovea.bench.launcher", "./fovea"),
            "predict",
            models.fovea().toString(),
            "--precision",
            row.precision(),
            "--threads",
            Integer.toString(threads)),
        Map.of());
  }

  private WholeProcess pipeline(DataRow.Predict row, PredictFiles models, int batch) {
    return new WholeProcess(
        "pillow-" + row.decoding() + ", " + row.runtime(),
        python(
            "predict",
            row.runtime(),
            models.onnx(batch).toString(),
            Integer.toString(batch),
            Integer.toString(threads),
            row.decoding()),
        Peer.environment(true, threads));
  }

  /** The model files of both sides in a temporary folder. */
  private static final class PredictFiles implements AutoCloseable {
    private final NetworkFolder folder = new NetworkFolder();

    Path fovea() {
      Path file = folder.path().resolve(MODEL + ".safetensors");
      if (!Files.exists(file)) {
        RandomModel.write(MODEL, file);
      }
      return file;
    }

    Path onnx(int batch) {
      Path file = folder.path().resolve(MODEL + "-" + batch + ".onnx");
      try {
        if (!Files.exists(file)) {
          NetworkModel.write(MODEL, batch, file);
        }
        return file;
      } catch (IOException e) {
        throw new BenchException("cannot write " + file + ": " + e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      folder.close();
    }
  }

  private CommandLine.ParameterException usage(String message) {
    return new CommandLine.ParameterException(new CommandLine(this), message);
  }
}
