package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ShapeJson;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.NamedNetwork;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code fovea models}: lists the networks. */
@Command(
    name = "models",
    header = "Lists the networks with their cost and published error.",
    description = {
      "",
      "Parameters and multiply-adds are counted for inference at the given input size; depth counts"
          + " convolutions and linear layers on the longest path. Errors are those the authors"
          + " published, in percent."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class ModelsCommand implements Runnable {
  private final Terminal terminal;

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "GLOB",
      description = "Lists only matching names, for example 'resnet*' (with the quotes).")
  private String glob = "*";

  public ModelsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    List<ModelInfo> models = NamedNetwork.matching(glob);
    if (common.json) {
      terminal.result(Json.line(models.stream().map(ModelsCommand::json).toList()));
    } else {
      print(models);
    }
  }

  private void print(List<ModelInfo> models) {
    Table table =
        new Table(
            "name",
            "parameters",
            "multiply-adds",
            "depth",
            "input",
            "top-1 %",
            "top-5 %",
            "source");
    for (ModelInfo m : models) {
      Graph graph = Models.graph(m.name()).withoutAuxiliary();
      Cost cost = Cost.of(graph);
      table.row(
          m.name(),
          Human.count(cost.parameters()),
          Human.amount(cost.multiplyAdds()),
          String.valueOf(Cost.depth(graph)),
          m.input().toString(),
          percent(m.published().top1Error()),
          percent(m.published().top5Error()),
          m.published().source());
    }
    terminal.resultText(table);
    List<String> options = options(models);
    if (!options.isEmpty()) {
      terminal.resultText("\nOptions, written as name(option=value,...):\n");
      options.forEach(o -> terminal.resultText("  " + o + "\n"));
    }
  }

  /** One line for each option of a family. */
  private static List<String> options(List<ModelInfo> models) {
    List<String> lines = new ArrayList<>();
    for (ModelInfo m : models) {
      m.options()
          .forEach(
              o -> {
                String values = o.values().isEmpty() ? "a number" : String.join("|", o.values());
                String line =
                    m.family()
                        + ": "
                        + o.name()
                        + "="
                        + values
                        + ", "
                        + o.defaultValue()
                        + " if not given: "
                        + o.meaning();
                if (!lines.contains(line)) {
                  lines.add(line);
                }
              });
    }
    return lines;
  }

  private static String percent(OptionalDouble error) {
    return error.isPresent() ? Human.digits(error.getAsDouble()) : "-";
  }

  private static Json json(ModelInfo m) {
    Graph graph = Models.graph(m.name()).withoutAuxiliary();
    Cost cost = Cost.of(graph);
    return new Json()
        .put("name", m.name())
        .put("parameters", cost.parameters())
        .put("multiply_adds", cost.multiplyAdds())
        .put("depth", Cost.depth(graph))
        .put("input", ShapeJson.list(m.input()))
        .put("top1_error", m.published().top1Error())
        .put("top5_error", m.published().top5Error())
        .put("source", m.published().source());
  }
}
