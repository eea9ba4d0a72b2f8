package dev.fovea.app.command;

import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.option.DataOptions;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.Positive;
import dev.fovea.data.image.Image;
import dev.fovea.data.inspect.ContactSheet;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fovea data show}: writes a contact sheet of images with their classes. */
@Command(
    name = "show",
    header = "Writes a contact sheet of images and their classes as a PNG file.",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class DataShowCommand implements Callable<Integer> {
  private static final int SMALL = 64;
  private static final int USUAL = 224;
  private static final int HELP_WIDTH = 99;

  private final Terminal terminal;

  @Mixin private DataOptions source = new DataOptions();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The PNG file to write (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("sheet.png");

  @Option(
      names = "--split",
      paramLabel = "train|val|test|all",
      description = "Which split to show (default: ${DEFAULT-VALUE}).")
  private Split split = Split.TRAIN;

  @Option(
      names = "--augment",
      paramLabel = "WORDS",
      description =
          "Shows images as augmented in training, one image per row over several epochs: presets or"
              + " words, see below.")
  private @Nullable String augment;

  @Option(
      names = "--input",
      paramLabel = "N",
      description =
          "With --augment: height and width of the network's input (default: the image size up to"
              + " 64, else 224).")
  private int input;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Number of images (default: ${DEFAULT-VALUE}).")
  private int count = 64;

  @Option(
      names = "--columns",
      paramLabel = "N",
      description = "Images per row (default: ${DEFAULT-VALUE}).")
  private int columns = 8;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the choice of images (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private GlobalOptions common = new GlobalOptions();

  DataShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Positive.check("--count", count);
    Positive.check("--columns", columns);
    try (Dataset set = Datasets.open(source.path(), split, source.options().withValFraction(0))) {
      WholeFile.write(out, sheet(set));
      if (common.json) {
        terminal.result(
            new Json()
                .put("file", out)
                .put("data", set.description())
                .put("images", set.size())
                .put("classes", set.classes()));
      } else {
        terminal.result(out);
      }
    }
    return ExitCode.DONE;
  }

  private byte[] sheet(Dataset set) {
    if (augment == null) {
      return ContactSheet.raw(set, count, columns, seed);
    }
    int side = input > 0 ? input : side(set);
    Shape shape = Shape.of(3, side, side);
    Augmentation variation = Augmentation.of(List.of(augment.strip().split("\\s+")), shape);
    return ContactSheet.augmented(
        set,
        variation.augments(),
        variation.mixing(),
        Augmentation.preprocessing("auto", shape),
        Math.max(1, count / columns),
        columns,
        seed);
  }

  private static int side(Dataset set) {
    Image first = set.image(0);
    int longer = Math.max(first.width(), first.height());
    return longer <= SMALL ? longer : USUAL;
  }

  /** The presets and words of {@code --augment}, as the footer of the help. */
  static List<String> footer() {
    List<String> lines =
        new ArrayList<>(List.of("", "Presets of --augment and the words they stand for:"));
    Augmentation.presets()
        .forEach((name, words) -> lines.addAll(wrap(String.format("  %-14s", name), words)));
    lines.addAll(List.of("", "All words, with the defaults of their options:"));
    Augmentation.words().forEach(word -> lines.add("  " + word));
    return lines;
  }

  /** The words behind a name, in indented lines that fit the width of the help. */
  private static List<String> wrap(String name, String words) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(name);
    for (String word : words.split(" ")) {
      if (line.length() + 1 + word.length() > HELP_WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder(" ".repeat(name.length()));
      }
      line.append(' ').append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
