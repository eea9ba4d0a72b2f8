package dev.fovea.train;

import dev.fovea.optim.LearningRate;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.Span;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.WarmUp;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.train.RunConfig.Data;
import dev.fovea.train.RunConfig.Engine;
import dev.fovea.train.RunConfig.Learning;
import dev.fovea.train.RunConfig.Network;
import dev.fovea.train.RunConfig.Output;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The recipes that come with Fovea, as configurations that flags and files change. */
public final class Recipes {
  /**
   * The recipe that is used where none is named: a clear result on generated pictures in two
   * minutes.
   */
  public static final String STANDARD = "shapes-quick";

  private static final Engine ENGINE = new Engine("auto", Memory.NORMAL, 0, 0, 0);
  private static final Output OUTPUT = new Output("", false, Every.parse("5m"), Every.NEVER);

  private static final Map<String, RunConfig> ALL = new LinkedHashMap<>();

  static {
    add(shapesQuick());
    add(cifarFast());
    add(cifarResnet());
    add(cifarResnet110());
  }

  private Recipes() {}

  private static void add(RunConfig config) {
    ALL.put(config.recipe(), config);
  }

  /** Their names. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(ALL.keySet());
  }

  /**
   * The recipe of this name.
   *
   * @throws ConfigException if there is none
   */
  public static RunConfig named(String name) {
    RunConfig config = ALL.get(name);
    if (config == null) {
      throw new ConfigException(
          "there is no recipe '"
              + name
              + "' and no file of that name; the recipes are "
              + String.join(", ", ALL.keySet()));
    }
    return config;
  }

  private static RunConfig shapesQuick() {
    return recipe(
        "shapes-quick",
        data("shapes", "cifar"),
        new Learning(
            Span.epochs(10),
            128,
            0,
            new LearningRate(0.2, Schedule.OneCycle.standard(), WarmUp.none()),
            UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayWeights(5e-4))));
  }

  // As many epochs as fit into 13 minutes, so that a slower machine takes no longer, and a faster
  // one
  // learns more. The rate falls in a straight line to almost 0.
  private static RunConfig cifarFast() {
    return recipe(
        "cifar-fast",
        data("", "cifar"),
        new Learning(
            new Span(13, Span.Unit.MINUTES),
            128,
            0,
            new LearningRate(
                0.3, new Schedule.OneCycle(0.2, 10, 1e3, Schedule.Anneal.LINEAR), WarmUp.none()),
            UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayWeights(5e-4))));
  }

  // He et al. 2015, section 4.2.
  private static RunConfig cifarResnet() {
    return recipe(
        "cifar-resnet",
        data("", "cifar"),
        new Learning(
            Span.steps(64_000),
            128,
            0,
            new LearningRate(
                0.1,
                new Schedule.MultiStep(List.of(Span.steps(32_000), Span.steps(48_000)), 0.1),
                WarmUp.none()),
            UpdateRule.of(new Sgd(0.9, 0, false), ParameterGroups.decayAll(1e-4))));
  }

  // The same section: depth 110 begins with about 400 steps at 0.01.
  private static RunConfig cifarResnet110() {
    RunConfig c = cifarResnet();
    Learning l = c.learning();
    LearningRate rate =
        new LearningRate(
            0.1, l.rate().schedule(), new WarmUp(Span.steps(400), 0.1, WarmUp.Ramp.CONSTANT));
    return new RunConfig(
        "cifar-resnet110",
        c.data(),
        new Network("resnet110", 0, ""),
        new Learning(l.length(), l.batch(), l.smoothing(), rate, l.update()),
        ENGINE,
        OUTPUT);
  }

  private static RunConfig recipe(String name, Data data, Learning learning) {
    return new RunConfig(name, data, new Network("resnet20", 0, ""), learning, ENGINE, OUTPUT);
  }

  private static Data data(String source, String... augment) {
    return new Data(source, 0.1, 1, List.of(augment), "auto", 0.01, 1024);
  }
}
