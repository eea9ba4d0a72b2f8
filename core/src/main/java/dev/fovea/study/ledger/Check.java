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

    /** Returns the usual file name of the images that the study is meant for. */
    public String usualData() {
      return Studies.named(study).orElseThrow().usualData();
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
   * @param stated whether they are among the {@link StatedCosts}
   */
  record ByCost(String measures, boolean stated, Supplier<List<Figure>> figures) implements Check {}

  /**
   * A test of the build, which would fail if the claim did not hold.
   *
   * @param type the test class in module {@code core}, with its package
   * @param method its method
   */
  record ByTest(String measures, String type, String method) implements Check {}

  /**
   * Runs that nobody has done with Fovea so far.
   *
   * @param trainings in order
   * @param evaluation what is evaluated of the trained networks
   * @param needs what they need beside time, for example {@code ImageNet}
   * @param days the expected time of the trainings together, on two cores
   * @param estimate how that time was estimated
   */
  record ByRuns(
      String measures,
      List<Training> trainings,
      Evaluation evaluation,
      String needs,
      double days,
      String estimate)
      implements Check {
    /** Copies the list. */
    public ByRuns {
      trainings = List.copyOf(trainings);
    }
  }

  /**
   * A training run.
   *
   * @param data the name of the images
   * @param model the network, with its options; empty for that of the recipe
   */
  record Training(String data, String recipe, String model, int seed) {}

  /** What is evaluated of trained networks. */
  enum Evaluation {
    /** Each network by itself, with one view of each image. */
    ONE_BY_ONE(""),
    /** The networks together, with GoogLeNet's 144 crops. */
    TOGETHER_144_CROPS("144"),
    /** The networks together, on whole images at five scales and their mirror images. */
    TOGETHER_DENSE("dense-flip");

    private final String views;

    Evaluation(String views) {
      this.views = views;
    }

    /** Returns the views of each image, as evaluation calls them; empty for one. */
    public String views() {
      return views;
    }
  }

  /**
   * No check yet.
   *
   * @param study the study that is planned for it; empty if none is
   */
  record NotYet(String measures, String study) implements Check {}
}
