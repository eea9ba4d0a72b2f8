package dev.fovea.app.summary;

import dev.fovea.analysis.DesignPrinciples;
import dev.fovea.analysis.Factorization;
import dev.fovea.analysis.GridReduction;
import dev.fovea.analysis.GridStage;
import dev.fovea.analysis.LayerKind;
import dev.fovea.analysis.NetworkModule;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Table;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.study.ledger.StatedCosts;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Formats {@code summary --compare} as tables of at most 80 columns. */
public final class ComparisonText {
  private static final int NAME = 24;

  private ComparisonText() {}

  /** Compares two networks. */
  public static String of(Graph a, Graph b) {
    return totals(a, b) + "\n" + kinds(a, b) + "\n" + modules(a, b) + alone(a) + alone(b);
  }

  /** What the structure of one network saves, and how far it follows the design principles. */
  public static String alone(Graph graph) {
    return "\n== "
        + graph.title()
        + " ==\n"
        + factorized(graph)
        + reductions(graph)
        + principles(graph);
  }

  /** The costs stated in the papers beside those computed from the graphs. */
  public static String claims(List<StatedCosts.Stated> claims) {
    Table table = new Table("multiply-adds unless noted", "stated", "computed", "arXiv");
    for (StatedCosts.Stated c : claims) {
      table.row(c.what(), text(c.form(), c.stated()), text(c.form(), c.computed()), c.source());
    }
    return table.toString();
  }

  /** A figure as text: {@code 28.0 %} or {@code 2.50 x}. */
  private static String text(StatedCosts.Form form, double figure) {
    return form == StatedCosts.Form.RATIO
        ? Human.digits(figure) + " x"
        : Human.digits(100 * figure) + " %";
  }

  private static String totals(Graph a, Graph b) {
    Cost one = Cost.of(a);
    Cost two = Cost.of(b);
    Table table = new Table("", cut(a.title()), cut(b.title()), "ratio");
    table.row("input", a.inputShape().toString(), b.inputShape().toString(), "");
    row(table, "parameters", one.parameters(), two.parameters());
    row(table, "multiply-adds", one.multiplyAdds(), two.multiplyAdds());
    row(table, "depth", Cost.depth(a), Cost.depth(b));
    row(table, "activations", Cost.activations(a), Cost.activations(b));
    return table + "Per image, without auxiliary classifiers.\n";
  }

  private static String kinds(Graph a, Graph b) {
    Table table =
        new Table("layers", "number", "", "multiply-adds", "", "ratio", "parameters", "", "ratio");
    for (LayerKind kind : LayerKind.values()) {
      KindTotal one = KindTotal.of(kind, a);
      KindTotal two = KindTotal.of(kind, b);
      if (one.layers() + two.layers() > 0) {
        table.row(
            kind.label(),
            String.valueOf(one.layers()),
            String.valueOf(two.layers()),
            amount(one.cost().multiplyAdds()),
            amount(two.cost().multiplyAdds()),
            ratio(one.cost().multiplyAdds(), two.cost().multiplyAdds()),
            amount(one.cost().parameters()),
            amount(two.cost().parameters()),
            ratio(one.cost().parameters(), two.cost().parameters()));
      }
    }
    return table.toString();
  }

  private static String modules(Graph a, Graph b) {
    List<ModulePairs.Pair> pairs = ModulePairs.of(a, b).pairs();
    if (pairs.isEmpty()) {
      return "";
    }
    Table table =
        new Table("module", "grid", "mult-adds", "corresponds to", "grid", "mult-adds", "saved");
    for (ModulePairs.Pair p : pairs) {
      table.row(
          name(p.a()),
          grid(p.a()),
          cost(p.a()),
          name(p.b()),
          grid(p.b()),
          cost(p.b()),
          saved(p.saved()));
    }
    return table.toString();
  }

  private static String factorized(Graph graph) {
    List<Factorization> groups = Factorization.of(graph);
    if (groups.isEmpty()) {
      return "No convolution is factorized.\n";
    }
    Table table = new Table("factorized in", "into", "replacing", "mult-adds", "of one", "saved");
    long own = 0;
    long one = 0;
    for (Factorization f : groups) {
      own += f.cost().multiplyAdds();
      one += f.replacedCost().multiplyAdds();
      table.row(
          shortened(f.convolutions().get(0).name().replaceFirst("\\.conv$", "")),
          into(f),
          window(f),
          amount(f.cost().multiplyAdds()),
          amount(f.replacedCost().multiplyAdds()),
          saved(f.saved()));
    }
    long all = Cost.of(graph).multiplyAdds();
    table.foot("all", "", "", amount(own), amount(one), saved(1 - (double) own / one));
    return table
        + "With each group as one convolution the network would cost "
        + amount(all - own + one)
        + " multiply-adds,\n"
        + Human.digits((double) (all - own + one) / all)
        + " times as many.\n";
  }

  private static String reductions(Graph graph) {
    List<GridReduction> reductions = GridReduction.of(graph);
    if (reductions.isEmpty()) {
      return "";
    }
    Table table =
        new Table("grid reduced in", "parallel", "pool, then convolve", "convolve, then pool");
    for (GridReduction r : reductions) {
      table.row(
          r.module().name(),
          amount(r.multiplyAdds()),
          amount(r.poolFirst()),
          amount(r.convolveFirst()));
    }
    return "\n"
        + table
        + "Sequential variants: the same branches, widened to produce all channels.\n";
  }

  private static String principles(Graph graph) {
    DesignPrinciples p = DesignPrinciples.of(graph);
    Table table =
        new Table("grid", "depth", "channels", "values", "kept", "mult-adds", "parameters");
    GridStage before = null;
    long all = Cost.of(graph).multiplyAdds();
    for (GridStage s : p.stages()) {
      table.row(
          s.height() + "x" + s.width(),
          String.valueOf(s.depth()),
          String.valueOf(s.channels()),
          amount(s.values()),
          before == null ? "-" : percent((double) s.valuesEntering() / before.values()),
          percent((double) s.cost().multiplyAdds() / all),
          amount(s.cost().parameters()));
      before = s;
    }
    return "\n" + table + statements(p);
  }

  private static String statements(DesignPrinciples p) {
    return "1 No representational bottleneck: each grid change after the stem keeps\n  at least "
        + percent(p.leastKept())
        + " of the values; from grid to grid they "
        + (p.monotonic() ? "fall" : "do not always fall")
        + ".\n2 Wide at low resolution: channels "
        + (p.channelsGrow() ? "grow" : "do not always grow")
        + " as the grid shrinks.\n"
        + (p.spatial() == 0
            ? "3 Aggregation over embeddings: there are no modules.\n"
            : "3 Aggregation over embeddings: "
                + p.embedded()
                + " of "
                + p.spatial()
                + " convolutions larger than 1x1\n"
                + "  read fewer channels than their module, on average "
                + Human.digits(p.embedding())
                + " times as many.\n")
        + "4 Balance: after the stem channels grow "
        + Human.digits(p.widening())
        + " times; the costliest grid takes\n  "
        + percent(p.largestShare())
        + " of the multiply-adds.\n";
  }

  /** The kernels in sequence: {@code 1x7, 7x1}; in parallel: {@code 1x3 | 3x1}. */
  static String into(Factorization f) {
    return f.convolutions().stream()
        .map(n -> OperationText.kernel(n.op()))
        .collect(Collectors.joining(f.kind() == Factorization.Kind.BESIDE ? " | " : ", "));
  }

  static String window(Factorization f) {
    return OperationText.window(f.replaced());
  }

  private static void row(Table table, String what, long a, long b) {
    table.row(what, Human.count(a), Human.count(b), ratio(a, b));
  }

  private static String name(@Nullable NetworkModule m) {
    return m == null ? "-" : shortened(m.name());
  }

  private static String grid(@Nullable NetworkModule m) {
    return m == null ? "-" : m.output().shape().dim(1) + "x" + m.output().shape().dim(2);
  }

  private static String cost(@Nullable NetworkModule m) {
    return m == null ? "-" : amount(m.cost().multiplyAdds());
  }

  private static String amount(long n) {
    return n == 0 ? "-" : Human.amount(n);
  }

  private static String ratio(long a, long b) {
    return a == 0 || b == 0 ? "-" : Human.digits((double) b / a);
  }

  private static String percent(double part) {
    return Human.digits(100 * part) + " %";
  }

  private static String saved(double part) {
    return Double.isNaN(part) ? "-" : percent(part);
  }

  private static String cut(String name) {
    return name.length() <= NAME ? name : name.substring(0, NAME - 3) + "...";
  }

  // The end of a name distinguishes the layers of a module.
  private static String shortened(String name) {
    return name.length() <= NAME ? name : "..." + name.substring(name.length() - NAME + 3);
  }
}
