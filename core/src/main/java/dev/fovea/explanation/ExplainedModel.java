package dev.fovea.explanation;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.eval.LoadedModel;
import dev.fovea.graph.Graph;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ParameterSet;
import java.util.List;

/**
 * A model that can be explained: its network with what it needs to know of images and classes. Owns
 * its programs and, if it was made from one, the loaded model. Used by one thread.
 *
 * @param classes in the order of the logits
 * @param integers whether the model itself computes in 8-bit integers; explanations use the same
 *     weights in binary32
 * @param weights of the network, which programs of the same weights read
 * @param onClose frees what the programs were compiled from
 */
public record ExplainedModel(
    List<String> classes,
    Preprocessing preprocessing,
    boolean integers,
    ScoredNetwork network,
    WeightsSource weights,
    Runnable onClose)
    implements AutoCloseable {

  /** Makes networks whose weights may be changed, without changing those of the model. */
  @FunctionalInterface
  public interface WeightsSource {
    /** A copy of the network's weights with programs that read it; the caller closes it. */
    ChangeableNetwork copy();
  }

  /**
   * A network with weights of its own.
   *
   * @param network closed before the weights
   * @param original weights of the model
   */
  public record ChangeableNetwork(ScoredNetwork network, ParameterSet weights, Original original)
      implements AutoCloseable {
    @Override
    public void close() {
      network.close();
      weights.close();
    }
  }

  /** The weights of a model, whatever becomes of copies. */
  @FunctionalInterface
  public interface Original {
    /** A copy of one parameter's values in row-major order. */
    float[] read(String name);
  }

  /**
   * A loaded model.
   *
   * @param model owned by the result
   * @param options threads; precision is always binary32
   * @param batch the most images that run at a time
   * @param turns in which batches run
   */
  public static ExplainedModel of(
      LoadedModel model, CompileOptions options, int batch, Turns turns) {
    Graph graph = model.graph();
    return new ExplainedModel(
        model.card().classes(),
        model.card().preprocessing().unscored(),
        model.isQuantized(),
        new ScoredNetwork(
            graph, (nodes, n) -> model.attribution(nodes, options.withBatch(n)), batch, turns),
        () -> {
          ParameterSet weights = model.copyOfWeights();
          return new ChangeableNetwork(
              new ScoredNetwork(
                  graph,
                  (nodes, n) -> model.attribution(weights, nodes, options.withBatch(n)),
                  batch,
                  turns),
              weights,
              model::weights);
        },
        model::close);
  }

  @Override
  public void close() {
    network.close();
    onClose.run();
  }
}
