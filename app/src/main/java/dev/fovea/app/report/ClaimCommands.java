package dev.fovea.app.report;

import dev.fovea.study.ledger.Check;
import dev.fovea.study.ledger.LedgerClaim;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The commands that repeat the checks of claims. */
public final class ClaimCommands {
  private ClaimCommands() {}

  /** The commands of a check, in order; none if there is no check yet. */
  public static List<String> of(LedgerClaim claim, Check check) {
    if (check instanceof Check.ByStudy s) {
      return List.of("fovea study " + s.study() + " --data " + s.usualData());
    }
    if (check instanceof Check.ByCost c) {
      return List.of(c.stated() ? "fovea summary --compare" : "fovea claims " + claim.number());
    }
    if (check instanceof Check.ByTest t) {
      String simple = t.type().substring(t.type().lastIndexOf('.') + 1);
      return List.of("./mvnw -pl core -Dtest=" + simple + "#" + t.method() + " test");
    }
    return check instanceof Check.ByRuns r ? runs(claim, r) : List.of();
  }

  private static List<String> runs(LedgerClaim claim, Check.ByRuns runs) {
    List<String> commands = new ArrayList<>();
    List<String> folders =
        IntStream.rangeClosed(1, runs.trainings().size())
            .mapToObj(i -> "runs/claim" + claim.number() + "-" + i)
            .toList();
    for (int i = 0; i < folders.size(); i++) {
      Check.Training t = runs.trainings().get(i);
      commands.add(
          "fovea train --data "
              + t.data()
              + " --recipe "
              + t.recipe()
              + (t.model().isEmpty() ? "" : " --model " + quoted(t.model()))
              + " --seed "
              + t.seed()
              + " --run "
              + folders.get(i));
    }
    if (runs.evaluation() == Check.Evaluation.ONE_BY_ONE) {
      folders.forEach(f -> commands.add("fovea eval " + f));
    } else {
      commands.add(
          folders.stream()
              .collect(
                  Collectors.joining(" ", "fovea eval ", " --crops " + runs.evaluation().views())));
    }
    return commands;
  }

  /** A shell reads parentheses unless they are quoted. */
  private static String quoted(String model) {
    return model.contains("(") ? "'" + model + "'" : model;
  }
}
