package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Json;
import dev.fovea.app.console.ShapeJson;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.option.NamedNetwork;
import dev.fovea.app.option.Positive;
import dev.fovea.app.summary.ComparisonJson;
import dev.fovea.app.summary.ComparisonText;
import dev.fovea.app.summary.OperationText;
import dev.fovea.checkpoint.QuantizedNumbers;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.study.ledger.StatedCosts;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fovea summary}: prints a network layer by layer, or compares two. */
@Command(
    name = "summary",
    header = "Prints a network layer by layer, with output shapes, parameters and multiply-adds.",
    description = {
      "",
      "--compare A B compares two networks: totals, kinds of layers, corresponding modules, and for"
          + " each network its factorized convolutions with the cost of the larger ones they"
          + " replace, its grid reductions, and the four design principles of 'Rethinking the"
          + " Inception Architecture' (arXiv 1512.00567, section 2) as numbers. --compare A"
          + " analyzes one network. --compare alone compares the costs that the papers state with"
          + " those computed from the graphs."
    },
    parameterListHeading = "%nArguments:%n",
    optionListHeading = "%nOptions:%n",
    sortOptions = false)
public final class SummaryCommand implements Runnable {
  private final Terminal terminal;

  @Mixin private GlobalOptions common = new GlobalOptions();

  @Parameters(
      arity = "0..2",
      paramLabel = "NAME|MODEL",
      description =
          "A network's name (see 'fovea models') or a model file; up to two with --compare.")
  private List<String> models = new ArrayList<>();

  @Option(
      names = "--compare",
      description = "Compares two networks, analyzes one, or checks the costs stated in papers.")
  private boolean compare;

  @Option(
      names = "--input",
      paramLabel = "N",
      description = "Height and width of the images (default: those the network was designed for).")
  private @Nullable Integer input;

  @Option(
      names = "--classes",
      paramLabel = "K",
      description = "Number of classes (default: that of the network).")
  private @Nullable Integer classes;

  public SummaryCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    Positive.check("--input", input);
    Positive.check("--classes", classes);
    if (compare) {
      compare();
      return;
    }
    if (models.size() != 1) {
      throw new UsageException(
          models.isEmpty()
              ? "missing NAME|MODEL; 'fovea models' lists the names"
              : "more than one NAME|MODEL; add --compare to compare two");
    }
    NamedNetwork named = NamedNetwork.of(models.get(0));
    Graph graph = named.graph(classes, input);
    if (common.json) {
      Json json = json(graph);
      named
          .quantized()
          .ifPresent(q -> json.put("layers_in_8_bits", q.quantization().weights().size()));
      terminal.result(json);
    } else {
      print(graph);
      named.quantized().ifPresent(q -> terminal.resultText(quantized(q)));
    }
  }

  private void compare() {
    List<Graph> graphs =
        models.stream()
            .map(m -> NamedNetwork.of(m).graph(classes, input).withoutAuxiliary())
            .toList();
    if (common.json) {
      terminal.result(
          graphs.isEmpty() ? ComparisonJson.claims(StatedCosts.all()) : ComparisonJson.of(graphs));
    } else {
      terminal.resultText(
          switch (graphs.size()) {
            case 0 -> ComparisonText.claims(StatedCosts.all());
            case 1 -> ComparisonText.alone(graphs.get(0));
            default -> ComparisonText.of(graphs.get(0), graphs.get(1));
          });
    }
  }

  private static String quantized(QuantizedNumbers numbers) {
    return "the model file holds 8-bit integers: weights of "
        + Decimals.count(numbers.quantization().weights().size(), "layer")
        + ", values of "
        + Decimals.count(numbers.quantization().values().size(), "node")
        + "; "
        + numbers.how().entrySet().stream()
            .map(e -> e.getKey() + " " + Human.visible(e.getValue()))
            .collect(Collectors.joining(", "))
        + "\n";
  }

  private void print(Graph graph) {
    Table table = new Table("layer", "operation", "output", "parameters", "multiply-adds");
    for (Node n : graph.nodes()) {
      Cost cost = Cost.of(n);
      table.row(
          n.name(),
          OperationText.of(n.op()),
          n.shape().toString(),
          cost.parameters() == 0 ? "-" : Human.count(cost.parameters()),
          cost.multiplyAdds() == 0 ? "-" : Human.count(cost.multiplyAdds()));
    }
    Cost total = Cost.of(graph);
    table.foot("total", "", "", Human.count(total.parameters()), Human.count(total.multiplyAdds()));
    terminal.resultText(table);
    terminal.resultText(
        "\n"
            + graph.title()
            + ": input "
            + graph.inputShape()
            + ", "
            + Decimals.count(graph.classes(), "class")
            + ", depth "
            + Cost.depth(graph)
            + ", "
            + Human.amount(total.parameters())
            + " parameters ("
            + Human.bytes(4 * total.parameters())
            + " in f32), "
            + Human.amount(total.multiplyAdds())
            + " multiply-adds per image, activations "
            + Human.bytes(4 * Cost.activations(graph))
            + " per image in f32\n");
    Graph inference = graph.withoutAuxiliary();
    if (inference.nodes().size() < graph.nodes().size()) {
      Cost cost = Cost.of(inference);
      terminal.resultText(
          "without auxiliary classifiers: "
              + Human.count(cost.parameters(), "parameter")
              + ", "
              + Human.count(cost.multiplyAdds())
              + " multiply-adds\n");
    }
  }

  private static Json json(Graph graph) {
    List<Json> layers = new ArrayList<>();
    for (Node n : graph.nodes()) {
      Cost cost = Cost.of(n);
      layers.add(
          new Json()
              .put("name", n.name())
              .put("operation", n.op().label())
              .put("inputs", n.inputs().stream().map(Node::name).toList())
              .put("output", ShapeJson.list(n.shape()))
              .put("parameters", cost.parameters())
              .put("multiply_adds", cost.multiplyAdds()));
    }
    Cost total = Cost.of(graph);
    return new Json()
        .put("name", graph.name())
        .put("input", ShapeJson.list(graph.inputShape()))
        .put("classes", graph.classes())
        .put("depth", Cost.depth(graph))
        .put("parameters", total.parameters())
        .put("multiply_adds", total.multiplyAdds())
        .put("layers", layers);
  }
}
