package dev.fovea.app;

import dev.fovea.data.DataException;
import dev.fovea.data.Image;
import dev.fovea.data.ImageDecoder;
import dev.fovea.eval.Classifier;
import dev.fovea.eval.Prediction;
import dev.fovea.program.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea predict}: what a model sees in images. */
@Command(
    name = "predict",
    header = "Tells what a model sees in images.",
    description = {
      "",
      "Folders are searched for images, with all folders in them. One line per image: the most",
      "probable classes with their probabilities. An image that cannot be read is named on"
          + " standard",
      "error, the others go on, and the exit code is 1."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class PredictCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(index = "0", paramLabel = "MODEL", description = "A model file or a run folder.")
  private String model = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE|DIR",
      description = "Images and folders.")
  private List<Path> images = List.of();

  @Option(
      names = "--top",
      paramLabel = "K",
      description = "How many classes to name (default: ${DEFAULT-VALUE}).")
  private int top = 5;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images per step (default: ${DEFAULT-VALUE}).")
  private int batch = 16;

  @Mixin private Common common = new Common();

  @Mixin(name = "Engine")
  private InferenceOptions engine = new InferenceOptions();

  PredictCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** An image file, decoded or with the reason why not. */
  private record Decoded(Path file, @Nullable Image image, String problem) {

    static Decoded of(Path file) {
      try {
        return new Decoded(
            file, ImageDecoder.decode(Files.readAllBytes(file), file.toString()), "");
      } catch (DataException | IOException | OutOfMemoryError e) {
        return new Decoded(file, null, ErrorLine.of(e));
      }
    }
  }

  @Override
  public Integer call() {
    Positive.check("--top", top);
    Positive.check("--batch", batch);
    Path file = ModelPath.of(model);
    ImageFiles files = ImageFiles.of(images);
    int failures = files.problems().size();
    files.problems().forEach(p -> fail(p.path(), p.reason()));
    int size = Math.max(1, Math.min(batch, files.found().size()));
    Backend backend = engine.backend();
    try (Classifier classifier = Classifier.open(file, backend, engine.options(size, backend))) {
      for (int from = 0; from < files.found().size(); from += size) {
        List<Path> some = files.found().subList(from, Math.min(from + size, files.found().size()));
        failures += predict(classifier, some);
        if (terminal.results().readerIsGone()) {
          throw new ReaderGone();
        }
      }
    }
    return failures == 0 ? ExitCode.DONE : ExitCode.FAILED;
  }

  /** Predicts some files and returns how many could not be read. */
  private int predict(Classifier classifier, List<Path> files) {
    List<Decoded> decoded = files.parallelStream().map(Decoded::of).toList();
    List<Image> readable = new ArrayList<>();
    for (Decoded d : decoded) {
      if (d.image() != null) {
        readable.add(d.image());
      }
    }
    List<Prediction> predictions = classifier.predict(readable);
    int next = 0;
    for (Decoded d : decoded) {
      if (d.image() == null) {
        fail(d.file(), d.problem());
      } else {
        show(d.file(), predictions.get(next++).top(top));
      }
    }
    return decoded.size() - readable.size();
  }

  private void fail(Path file, String problem) {
    if (common.json) {
      terminal.result(new Json().put("file", file).put("error", problem));
    }
    terminal.note("fovea predict: " + terminal.red("error:") + " " + problem);
  }

  private void show(Path file, List<Prediction.Guess> guesses) {
    if (common.json) {
      List<Json> list =
          guesses.stream()
              .map(
                  g ->
                      new Json()
                          .put("class", g.name())
                          .put("index", g.index())
                          .put("probability", g.probability()))
              .toList();
      terminal.result(new Json().put("file", file).put("predictions", list));
    } else {
      String text =
          guesses.stream()
              .map(g -> Human.visible(g.name()) + " " + Human.percent(g.probability()))
              .collect(Collectors.joining(", "));
      terminal.result(Human.visible(file.toString()) + ": " + text);
    }
  }
}
