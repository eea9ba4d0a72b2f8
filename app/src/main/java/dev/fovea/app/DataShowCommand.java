package dev.fovea.app;

import dev.fovea.data.ContactSheet;
import dev.fovea.data.Dataset;
import dev.fovea.data.Datasets;
import dev.fovea.data.Split;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fovea data show}: a sheet of pictures with their classes. */
@Command(
    name = "show",
    header = "Writes a sheet of pictures with their classes as a PNG file.",
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
final class DataShowCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private DataSource source = new DataSource();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where to write (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("sheet.png");

  @Option(
      names = "--split",
      paramLabel = "train|val|test|all",
      description = "Which part to show (default: ${DEFAULT-VALUE}).")
  private Split split = Split.TRAIN;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many pictures (default: ${DEFAULT-VALUE}).")
  private int count = 64;

  @Option(
      names = "--columns",
      paramLabel = "N",
      description = "How many per row (default: ${DEFAULT-VALUE}).")
  private int columns = 8;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Which pictures are drawn (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private Common common = new Common();

  DataShowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Positive.check("--count", count);
    Positive.check("--columns", columns);
    try (Dataset set = Datasets.open(source.path(), split, source.options().withValFraction(0))) {
      WholeFile.write(out, ContactSheet.raw(set, count, columns, seed));
      if (common.json) {
        terminal.result(
            new Json()
                .put("file", out)
                .put("data", set.description())
                .put("pictures", set.size())
                .put("classes", set.classes()));
      } else {
        terminal.result(out);
      }
    }
    return ExitCode.DONE;
  }
}
