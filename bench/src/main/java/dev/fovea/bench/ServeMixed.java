package dev.fovea.bench;

import dev.fovea.bench.load.ClosedLoop;
import dev.fovea.bench.load.LinuxProcess;
import dev.fovea.bench.load.Pictures;
import dev.fovea.bench.load.Question;
import dev.fovea.bench.load.Questions;
import dev.fovea.bench.load.ServedProcess;
import dev.fovea.bench.load.Tally;
import dev.fovea.models.Models;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench/serve mixed}. */
@Command(
    name = "mixed",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Concurrent requests to several models, of every form, a few of them with a damaged"
            + " image; every answer is compared with that of a sequential pass.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields.
final class ServeMixed implements Callable<Integer> {
  private static final int DAMAGED_EVERY = 20;

  @Mixin private ServeOptions options;

  @Option(
      names = "--networks",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "resnet20,resnet32,preact_resnet20",
      description =
          "the networks, instead of --network (default resnet20,resnet32,preact_resnet20)")
  private List<String> networks;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "100000",
      description = "right answers to wait for (default 100,000)")
  private int requests;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "32",
      description = "connections that ask at once (default 32)")
  private int connections;

  @Override
  public Integer call() {
    try (NetworkFolder folder = new NetworkFolder()) {
      List<String> models = new ArrayList<>();
      for (String network : networks) {
        Path file = folder.path().resolve(network + ".safetensors");
        RandomModel.write(network, file);
        models.add(network + "=" + file);
      }
      try (ServedProcess served = options.serve(models)) {
        List<Question> questions = questions(served);
        LinuxProcess process = served.figures();
        long before = process.resident();
        long start = System.nanoTime();
        double generator = Figures.ownCpuSeconds();
        long ticks = process.ticks();
        Tally tally = ClosedLoop.of(served.target(), connections, questions, requests);
        double seconds = (System.nanoTime() - start) / 1e9;
        generator = Figures.ownCpuSeconds() - generator;
        double server = (process.ticks() - ticks) / 100.0;
        new Figures("mixed")
            .text("networks", String.join(" ", networks))
            .text("precision", options.precision)
            .number("connections", connections)
            .number("requests", tally.right().count() + tally.refused().count() + tally.wrong())
            .number("kinds", questions.size())
            .number("seconds", seconds)
            .latencies("right", tally.right())
            .mebibytes("rss_before_mib", before)
            .mebibytes("rss_after_mib", process.resident())
            .number("generator_cpu_percent", 100 * generator / (generator + server))
            .faults(tally)
            .print(options.json);
        return tally.isClean() ? 0 : 1;
      }
    }
  }

  /** Every model in every form, in a random order, so that neighbors differ. */
  private List<Question> questions(ServedProcess served) {
    List<Question> all = new ArrayList<>();
    List<Question> damaged = new ArrayList<>();
    for (String network : networks) {
      int side = Models.graph(network).inputShape().dim(1);
      List<byte[]> pictures = Pictures.generated(16, side + 7);
      Questions.Model model = new Questions.Model(network, served.input(network), side);
      List<Question> classify =
          Questions.of(served.port(), model, Questions.Form.CLASSIFY, pictures);
      List<Question> image = Questions.of(served.port(), model, Questions.Form.IMAGE, pictures);
      List<Question> pixels = Questions.of(served.port(), model, Questions.Form.PIXELS, pictures);
      Questions.checkThatAnswersDiffer(image);
      Questions.checkThatAnswersDiffer(pixels);
      all.addAll(classify);
      all.addAll(image);
      all.addAll(pixels);
      all.addAll(Questions.of(served.port(), model, Questions.Form.NUMBERS, pictures));
      damaged.add(Questions.damaged(model, pictures.get(0)));
    }
    Collections.shuffle(all, new Random(1));
    List<Question> mixed = new ArrayList<>();
    for (Question question : all) {
      mixed.add(question);
      if (mixed.size() % DAMAGED_EVERY == 0) {
        mixed.add(damaged.get(mixed.size() / DAMAGED_EVERY % damaged.size()));
      }
    }
    return mixed;
  }
}
