package dev.fovea.study.ledger;

import dev.fovea.study.Criterion;
import dev.fovea.study.Study;
import dev.fovea.study.claims.Studies;
import java.util.List;
import java.util.function.Supplier;

/** How a claim, or a part of it, is checked. */
public sealed interface Check {

  /** Returns which part of the claim is checked, in words. */
  String measures();

  /** Returns the commands that repeat the check; empty if there is no check yet. */
  List<String> commands();

  /**
   * A study, of whose criteria only those count that measure this claim.
   *
   * @param criteria names of the study's criteria
   */
  record ByStudy(String measures, String study, List<String> criteria) implements Check {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there is no such study, or it has no such criterion
     */
    public ByStudy {
      criteria = List.copyOf(criteria);
      List<String> known =
          Studies.named(study)
              .orElseThrow(() -> new IllegalArgumentException("there is no study '" + study + "'"))
              .criteria()
              .stream()
              .map(Criterion::name)
              .toList();
      if (criteria.isEmpty() || !known.containsAll(criteria)) {
        throw new IllegalArgumentException(
            "the study '" + study + "' has the criteria " + known + ", not " + criteria);
      }
    }

    @Override
    public List<String> commands() {
      return List.of("fovea study " + study + " --data cifar10.zip");
    }

    /** Returns the criteria that count, as the study states them today, in its order. */
    public List<Criterion> stated() {
      Study named = Studies.named(study).orElseThrow();
      return named.criteria().stream().filter(c -> criteria.contains(c.name())).toList();
    }
  }

  /**
   * Numbers computed from the graphs of networks, each time they are asked for.
   *
   * @param command what prints them
   */
  record ByCost(String measures, String command, Supplier<List<Figure>> figures) implements Check {
    @Override
    public List<String> commands() {
      return List.of(command);
    }
  }

  /**
   * A test of the build, which would fail if the claim did not hold.
   *
   * @param type the test class in module {@code core}, with its package
   * @param method its method
   */
  record ByTest(String measures, String type, String method) implements Check {
    @Override
    public List<String> commands() {
      String simple = type.substring(type.lastIndexOf('.') + 1);
      return List.of("./mvnw -pl core -Dtest=" + simple + "#" + method + " test");
    }
  }

  /**
   * Runs that nobody has done with Fovea so far.
   *
   * @param commands the runs and the evaluation, in order
   * @param needs what they need beside time, for example {@code ImageNet}
   * @param days the expected time of the training runs together, on two cores
   * @param estimate how that time was estimated
   */
  record ByRuns(String measures, List<String> commands, String needs, double days, String estimate)
      implements Check {
    /** Copies the list. */
    public ByRuns {
      commands = List.copyOf(commands);
    }
  }

  /**
   * No check yet.
   *
   * @param study the study that is planned for it; empty if none is
   */
  record NotYet(String measures, String study) implements Check {
    @Override
    public List<String> commands() {
      return List.of();
    }
  }
}
