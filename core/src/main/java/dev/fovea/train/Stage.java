package dev.fovea.train;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.BatchFormat;
import dev.fovea.data.Dataset;
import dev.fovea.data.Loader;
import dev.fovea.data.LoaderOptions;
import dev.fovea.data.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.ModelException;
import dev.fovea.models.Models;
import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.Treatment;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.Frozen;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a run trains and evaluates with while its pictures keep their size: the programs, the update
 * rule at work, and the training batches. Owns all of them.
 */
final class Stage implements AutoCloseable {
  private final int side;
  private final TrainingProgram program;
  private final Updater updater;
  private final InferenceProgram inference;
  private final Loader training;

  /** What is the same for all sizes of a run. */
  record Common(
      RunConfig config,
      Backend backend,
      Graph graph,
      Dataset train,
      Preprocessing preprocessing,
      Variation variation,
      LoaderOptions feeding) {

    /** The network that is trained on pictures of this side; its weights fit every other side. */
    Graph graph(int side) {
      Shape full = graph.inputShape();
      if (side == full.dim(2)) {
        return graph;
      }
      Graph other = built(Shape.of(full.dim(0), side, side));
      List<ParamSpec> mine = graph.params();
      List<ParamSpec> others = other.params();
      for (int i = 0; i < mine.size(); i++) {
        ParamSpec p = mine.get(i);
        if (!p.name().equals(others.get(i).name()) || !p.shape().equals(others.get(i).shape())) {
          throw new ConfigException(
              "network.progressive: "
                  + p.name()
                  + " of "
                  + config.network().model()
                  + " depends on the size of the pictures, so that it cannot learn on "
                  + side
                  + " and on "
                  + full.dim(2)
                  + " pixels; set network.progressive to none, or leave out the part that sees the"
                  + " whole image at once, as an auxiliary head by the option aux=false");
        }
      }
      return other;
    }

    private Graph built(Shape input) {
      try {
        return Models.graph(config.network().model(), train.classes().size(), input);
      } catch (GraphException | ModelException e) {
        throw new ConfigException(
            "network.progressive: "
                + config.network().model()
                + " cannot be built for pictures of "
                + input.dim(2)
                + " pixels ("
                + e.getMessage()
                + "); train on larger ones, or set network.progressive to none",
            e);
      }
    }

    /** The step on pictures of this side; owned by the caller. */
    TrainingProgram program(int side) {
      RunConfig.Learning l = config.learning();
      SoftmaxCrossEntropy loss = new SoftmaxCrossEntropy(l.smoothing());
      return Compilation.training(graph(side), loss, backend, options(l.batch()), frozen());
    }

    private CompileOptions options(int images) {
      RunConfig.Engine e = config.engine();
      Precision precision = Precision.valueOf(e.precision().toUpperCase(Locale.ROOT));
      return new CompileOptions(images, precision, e.memory(), e.threads());
    }

    private Frozen frozen() {
      UpdateRule update = config.learning().update();
      Set<String> names = new HashSet<>();
      Map<String, Treatment> treatments = update.groups().on(graph);
      treatments.forEach((name, t) -> names.addAll(t.frozen() ? List.of(name) : List.of()));
      if (names.size() == treatments.size()) {
        throw new ConfigException(
            "learning.update.decay.freeze holds all parameters of "
                + graph.name()
                + ", nothing is left to train; name fewer parts");
      }
      return new Frozen(names, update.statistics().kind() == BatchStatistics.Kind.FROZEN);
    }
  }

  private Stage(
      int side,
      TrainingProgram program,
      Updater updater,
      InferenceProgram inference,
      Loader training) {
    this.side = side;
    this.program = program;
    this.updater = updater;
    this.inference = inference;
    this.training = training;
  }

  /** Compiles and takes memory; weights and state are still to be written. */
  static Stage open(Common c, int side) {
    TrainingProgram program = c.program(side);
    InferenceProgram inference = null;
    boolean opened = false;
    try {
      UpdateRule rule = c.config.learning().update();
      Updater updater = new Updater(program, rule, rule.groups().on(c.graph));
      ParameterSet evaluated = updater.average().orElse(program.weights());
      int evalBatch = c.config.engine().evalBatch();
      inference = Compilation.inference(c.graph, evaluated, c.backend, c.options(evalBatch));
      BatchFormat format =
          new BatchFormat(
              c.config.learning().batch(),
              c.preprocessing.channels(),
              side,
              side,
              program.inputType());
      Loader training = c.variation.loader(c.train, c.preprocessing, format, c.feeding);
      opened = true;
      return new Stage(side, program, updater, inference, training);
    } finally {
      if (!opened) {
        closeBoth(inference, program);
      }
    }
  }

  private static void closeBoth(@Nullable InferenceProgram inference, TrainingProgram program) {
    if (inference != null) {
      inference.close();
    }
    program.close();
  }

  /** The side of the pictures that are trained on, in pixels. */
  int side() {
    return side;
  }

  TrainingProgram program() {
    return program;
  }

  Updater updater() {
    return updater;
  }

  InferenceProgram inference() {
    return inference;
  }

  Loader training() {
    return training;
  }

  /** Harmless when repeated. */
  @Override
  public void close() {
    training.close();
    closeBoth(inference, program);
  }
}
