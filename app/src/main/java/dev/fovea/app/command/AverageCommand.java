package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.option.ConvolutionOption;
import dev.fovea.app.option.DataName;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.ModelPath;
import dev.fovea.app.option.OutputFile;
import dev.fovea.app.option.Positive;
import dev.fovea.eval.Evaluation;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.tensor.Decimals;
import dev.fovea.train.CheckpointAverage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea average}: averages the weights of several models. */
@Command(
    name = "average",
    header = "Averages the weights of several models of one network.",
    description = {
      "",
      "The models must share a network and classes, and ideally a starting point. Averaged weights"
          + " need batch norm statistics of their own; these are computed over training batches of"
          + " the data that the first model was trained on. The result is evaluated on the"
          + " validation split."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class AverageCommand implements Runnable {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", arity = "2..*", description = "Model files or run folders.")
  private List<String> models = List.of();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "FILE",
      description = "The model file to write; there must be none yet.")
  private Path out = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "PATH|NAME",
      description = "The data, if it is not where it was in training.")
  private String data = "";

  @Option(
      names = "--bn-batches",
      paramLabel = "N",
      description = "Training batches for the statistics (default: ${DEFAULT-VALUE}).")
  private int batches = 100;

  @Option(
      names = "--convolution",
      paramLabel = "NAME",
      converter = ConvolutionOption.class,
      description =
          ConvolutionOption.DESCRIPTION + " (default: as in the training of the first model).")
  private @Nullable ConvolutionAlgorithm convolution;

  @Mixin private GlobalOptions common = new GlobalOptions();

  public AverageCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    Positive.check("--bn-batches", batches);
    List<Path> files = models.stream().map(ModelPath::of).toList();
    OutputFile.check("--out", out);
    String source = data.isEmpty() ? "" : DataName.check(data);
    Evaluation found =
        CheckpointAverage.write(
            files, out, source, batches, Optional.ofNullable(convolution), new OneDnnBackend());
    if (common.json) {
      terminal.result(
          new Json()
              .put("models", files.stream().map(Path::toString).toList())
              .put("file", out.toString())
              .put("top1", found.top1())
              .put("top5", found.top5())
              .put("loss", found.loss()));
    } else {
      terminal.result(
          "mean of "
              + Decimals.count(files.size(), "model")
              + ": validation top-1 "
              + Human.percent(found.top1())
              + ", loss "
              + Human.loss(found.loss()));
      terminal.result("model   " + out);
    }
  }
}
