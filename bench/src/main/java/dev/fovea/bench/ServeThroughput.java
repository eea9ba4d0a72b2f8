package dev.fovea.bench;

import dev.fovea.bench.load.Question;
import dev.fovea.bench.load.Questions;
import dev.fovea.bench.load.ServedProcess;
import dev.fovea.bench.load.Tally;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench/serve throughput}. */
@Command(
    name = "throughput",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Images per second through HTTP, in turns with the bare program and the library's"
            + " Classifier.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
final class ServeThroughput implements Callable<Integer> {
  private static final List<Questions.Form> FORMS =
      List.of(Questions.Form.CLASSIFY, Questions.Form.IMAGE, Questions.Form.PIXELS);

  @Mixin private ServeOptions options;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "connections that ask at once (default: four times the batch)")
  private @Nullable Integer connections;

  @Option(
      names = "--rounds",
      paramLabel = "R",
      defaultValue = "5",
      description = "turns per side (default 5)")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "4",
      description = "length of a turn (default 4)")
  private double seconds;

  @Override
  public Integer call() {
    List<byte[]> images = options.images();
    Tally tally = new Tally();
    try (NetworkFolder folder = new NetworkFolder()) {
      Path model = options.model(folder);
      Path pictures = ServeOptions.write(images, folder);
      List<Integer> best = options.bestClasses(model, images);
      try (ServedProcess served = options.serve(model);
          SideProcess bare = bare();
          SideProcess classifier = classifier(model, pictures)) {
        List<Side> sides = new ArrayList<>(List.of(bare, classifier));
        for (Questions.Form form : FORMS) {
          List<Question> questions =
              Questions.of(served.port(), options.asked(served), form, images);
          if (form == Questions.Form.CLASSIFY) {
            questions.forEach(q -> checkBest(q, best.get(questions.indexOf(q))));
          }
          sides.add(
              new HttpSide(
                  "http-" + form.name().toLowerCase(Locale.ROOT),
                  served,
                  connections == null ? 4 * options.batch : connections,
                  options.batch,
                  questions,
                  tally));
        }
        double generator = Figures.ownCpuSeconds();
        long ticks = served.figures().ticks();
        Contest.Outcome outcome = new Contest(options.batch, rounds, seconds).among(sides);
        generator = Figures.ownCpuSeconds() - generator;
        double server = (served.figures().ticks() - ticks) / 100.0;
        print(sides, outcome, tally, 100 * generator / (generator + server));
      }
    }
    return tally.isClean() ? 0 : 1;
  }

  private void print(
      List<Side> sides, Contest.Outcome outcome, Tally tally, double generatorPercent) {
    for (int side = 1; side < sides.size(); side++) {
      Contest.Ratio ratio = outcome.ratio(side, 0);
      new Figures("throughput")
          .text("network", options.network)
          .text("precision", options.precision)
          .number("batch", options.batch)
          .text("side", sides.get(side).name())
          .number("ips", outcome.speed(side))
          .number("bare_ips", outcome.speed(0))
          .number("ratio", ratio.median())
          .number("ratio_min", ratio.lowest())
          .number("ratio_max", ratio.highest())
          .number("rounds", rounds)
          .number("generator_cpu_percent", generatorPercent)
          .faults(tally)
          .print(options.json);
    }
  }

  /** The first probability of the answer is that of the most probable class. */
  private static void checkBest(Question question, int best) {
    String[] values = new String(question.numbers(), StandardCharsets.UTF_8).split("\n");
    if (!List.of(values).subList(0, Math.min(3, values.length)).contains(Integer.toString(best))) {
      throw new BenchException(
          question.name()
              + ": the server's best class is not the library's, "
              + best
              + ": "
              + List.of(values));
    }
  }

  private SideProcess bare() {
    return SideProcess.start(
        "bare",
        Commands.fovea(
            FoveaSide.class,
            List.of(
                Mode.INFER.word(),
                options.network,
                Integer.toString(options.batch),
                options.precision,
                "normal",
                Integer.toString(options.threads),
                "auto")),
        Map.of("OMP_DYNAMIC", "false"));
  }

  private SideProcess classifier(Path model, Path pictures) {
    return SideProcess.start(
        "classifier",
        Commands.fovea(
            ClassifierSide.class,
            List.of(
                model.toString(),
                options.precision,
                Integer.toString(options.batch),
                Integer.toString(options.threads),
                pictures.toString())),
        Map.of("OMP_DYNAMIC", "false"));
  }
}
