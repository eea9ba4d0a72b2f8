package dev.fovea.app.run;

import dev.fovea.app.console.Table;
import dev.fovea.program.ProgramReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The convolutions of a compiled network with the algorithm of each, for {@code --verbose}: a row
 * for every algorithm of a convolution, with the passes that it computes.
 */
public final class ConvolutionTable {
  private ConvolutionTable() {}

  // In the order in which they are listed; the last two are gradients.
  private enum Pass {
    FORWARD,
    DATA,
    WEIGHTS;

    static Pass of(ProgramReport.Primitive convolution) {
      if (convolution.kind().contains("backward_data")) {
        return DATA;
      }
      return convolution.kind().contains("backward_weights") ? WEIGHTS : FORWARD;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The lines of the table, with its heading. */
  public static List<String> lines(ProgramReport report) {
    Map<List<String>, SortedSet<Pass>> passes = new LinkedHashMap<>();
    for (ProgramReport.Primitive p : report.primitives()) {
      if (p.convolves()) {
        passes
            .computeIfAbsent(List.of(p.node(), p.algorithm()), k -> new TreeSet<>())
            .add(Pass.of(p));
      }
    }
    Table table = new Table("convolution", "passes", "algorithm");
    passes.forEach(
        (key, found) ->
            table.row(
                key.get(0),
                found.stream().map(Pass::label).collect(Collectors.joining(", ")),
                key.get(1)));
    return table.toString().lines().toList();
  }
}
