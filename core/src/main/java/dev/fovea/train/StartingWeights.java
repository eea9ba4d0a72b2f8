package dev.fovea.train;

import dev.fovea.checkpoint.ModelFile;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.ParameterSet;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The initial weights of a new run: random and from training images, or from a model file as far as
 * they fit.
 */
record StartingWeights(TrainingSetup setup, Graph graph, String init, long seed) {
  StartingWeights(TrainingSetup setup) {
    this(setup, setup.graph(), setup.config().network().init(), setup.config().engine().seed());
  }

  private static final int NAMED = 3;

  /**
   * Writes all weights.
   *
   * @return notes for the user
   * @throws ConfigException if parameters other than those of the classifiers do not fit
   */
  List<String> write(ParameterSet weights) {
    for (ParamSpec spec : weights.specs()) {
      weights.write(spec.name(), spec.initialValues(seed));
    }
    if (init.isEmpty()) {
      return new WhiteningFilters(setup).write(weights);
    }
    try (ModelFile file = ModelFile.open(Path.of(init))) {
      List<String> fresh = file.loadWhatFits(weights);
      Set<String> head = graph.headParams();
      if (!head.containsAll(fresh)) {
        throw misfit(file, fresh.stream().filter(f -> !head.contains(f)).toList());
      }
      return notes(file, fresh);
    }
  }

  private List<String> notes(ModelFile file, List<String> fresh) {
    List<String> notes = new ArrayList<>();
    String network = Graph.title(file.card().network());
    if (!network.equals(graph.title())) {
      notes.add(
          file.path()
              + " holds "
              + network
              + ", whose weights fit, but this run trains "
              + graph.title());
    }
    if (!file.card().input().equals(graph.inputShape())) {
      notes.add(
          file.path()
              + " was trained on images of "
              + file.card().input()
              + ", but this run uses "
              + graph.inputShape());
    }
    if (!fresh.isEmpty()) {
      notes.add(
          "the last layer starts from random weights, because "
              + file.path()
              + " has "
              + file.card().classes().size()
              + " other classes: "
              + String.join(", ", fresh));
    }
    return notes;
  }

  private ConfigException misfit(ModelFile file, List<String> others) {
    Map<String, Shape> there = file.shapes();
    List<String> missing = others.stream().filter(n -> !there.containsKey(n)).toList();
    List<String> reshaped = new ArrayList<>();
    for (ParamSpec p : graph.params()) {
      if (others.contains(p.name()) && there.containsKey(p.name())) {
        reshaped.add(p.name() + " is " + there.get(p.name()) + " there but " + p.shape() + " here");
      }
    }
    return new ConfigException(
        file.path()
            + " holds "
            + file.card().network()
            + ", whose weights do not fit "
            + graph.name()
            + ": "
            + (missing.isEmpty() ? "" : "it has no " + some(missing) + "; ")
            + (reshaped.isEmpty() ? "" : some(reshaped) + "; ")
            + "only the classifiers may differ. Set network.model to "
            + file.card().network()
            + ", or network.init to a model of "
            + graph.name());
  }

  private static String some(List<String> all) {
    String first = String.join(", ", all.subList(0, Math.min(NAMED, all.size())));
    return all.size() > NAMED ? first + " and " + (all.size() - NAMED) + " more" : first;
  }
}
