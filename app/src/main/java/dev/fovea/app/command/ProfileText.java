package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.Table;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.ProgramReport.Primitive;
import dev.fovea.tensor.Decimals;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the time of a step goes, as tables: each instruction with its implementation, and the sums
 * of each algorithm of convolution.
 *
 * @param profile its times belong to the instructions of the report
 */
record ProfileText(ProgramReport report, Benchmark.Profile profile) {
  private static final String OTHER = "everything else";
  private static final String UPDATE = "weight update";

  /** The seconds of instructions of one kind in a step. */
  private record Sum(int count, double seconds) {
    static final Sum NONE = new Sum(0, 0);

    Sum plus(double more) {
      return new Sum(count + 1, seconds + more);
    }
  }

  /** The instructions in their order. */
  String primitives() {
    // What is longest comes last, so that narrow terminals break only that.
    Table table = new Table("ms", "share", "node", "instruction", "implementation");
    double all = all();
    for (int i = 0; i < profile.primitives().length; i++) {
      Primitive p = report.primitives().get(i);
      double s = profile.primitives()[i];
      table.row(milliseconds(s), share(s / all), p.node(), p.kind(), p.implementation());
    }
    return table.toString();
  }

  /** The implementations, and how many instructions have each. */
  List<String> implementations() {
    Map<String, Integer> count = new TreeMap<>();
    report.primitives().forEach(p -> count.merge(p.implementation(), 1, Integer::sum));
    return count.entrySet().stream().map(e -> e.getValue() + " x " + e.getKey()).toList();
  }

  /** The convolutions of each algorithm, everything else, and the whole step. */
  String algorithms() {
    Map<String, Sum> sums = new LinkedHashMap<>();
    sums.put(ProgramReport.DIRECT, Sum.NONE);
    Sum other = Sum.NONE;
    for (int i = 0; i < profile.primitives().length; i++) {
      Primitive p = report.primitives().get(i);
      double s = profile.primitives()[i];
      Optional<String> name = algorithm(p);
      if (name.isPresent()) {
        sums.put(name.get(), sums.getOrDefault(name.get(), Sum.NONE).plus(s));
      } else {
        other = other.plus(s);
      }
    }
    Table table = new Table("algorithm of convolution", "instructions", "ms", "share");
    sums.forEach((name, sum) -> row(table, name, sum));
    row(table, OTHER, other);
    if (profile.update() > 0) {
      row(table, UPDATE, Sum.NONE.plus(profile.update()));
    }
    table.foot("one step", "", milliseconds(all()), share(1));
    return table.toString();
  }

  /** The algorithm that an instruction belongs to; empty if it serves no convolution. */
  private static Optional<String> algorithm(Primitive p) {
    if (p.convolves()) {
      return Optional.of(p.algorithm());
    }
    // What a fast algorithm computes before its convolutions counts as its time.
    return p.algorithm().equals(ProgramReport.DIRECT)
        ? Optional.empty()
        : Optional.of(p.algorithm() + ", " + p.kind());
  }

  private void row(Table table, String name, Sum sum) {
    table.row(
        name, Human.count(sum.count()), milliseconds(sum.seconds()), share(sum.seconds() / all()));
  }

  private double all() {
    double all = profile.update();
    for (double s : profile.primitives()) {
      all += s;
    }
    return all;
  }

  private static String milliseconds(double seconds) {
    return Decimals.format("%.3f", 1000 * seconds);
  }

  private static String share(double part) {
    return Decimals.format("%.1f %%", 100 * part);
  }
}
