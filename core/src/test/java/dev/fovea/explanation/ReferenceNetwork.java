package dev.fovea.explanation;

import dev.fovea.NamedValues;
import dev.fovea.autodiff.Gradients;
import dev.fovea.graph.Graph;
import dev.fovea.passes.InferenceMode;
import dev.fovea.program.AttributionProgram;
import dev.fovea.program.ProgramReport;
import dev.fovea.reference.ReferenceAttribution;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The float64 interpreter as a program, whose inputs and results are rounded to binary32. */
final class ReferenceNetwork implements AttributionProgram {
  private final Graph graph;
  private final int batch;
  private final Supplier<ReferenceAttribution> maker;
  private ReferenceAttribution program;

  private ReferenceNetwork(Graph graph, int batch, Supplier<ReferenceAttribution> maker) {
    this.graph = graph;
    this.batch = batch;
    this.maker = maker;
    this.program = maker.get();
  }

  /** A program that reads the current weights at every run. */
  static ReferenceNetwork program(
      Graph graph, Map<String, double[]> parameters, Set<String> nodes, int batch) {
    return new ReferenceNetwork(
        graph,
        batch,
        () ->
            new ReferenceAttribution(
                Gradients.ofScore(new InferenceMode().apply(graph), nodes), batch, parameters));
  }

  /** A network with the weights that follow from the names of its parameters. */
  static ScoredNetwork named(Graph graph, int batch) {
    return of(graph, NamedValues.parameters(graph), batch);
  }

  static ScoredNetwork of(Graph graph, Map<String, double[]> parameters, int batch) {
    return new ScoredNetwork(
        graph, (nodes, images) -> program(graph, parameters, nodes, images), batch, Turns.NONE);
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public void run(ByteBuffer images, float[] logitWeights, float[] logits) {
    double[] values = new double[Math.toIntExact(batch * graph.inputShape().elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = images.getFloat(Float.BYTES * i);
    }
    double[] weights = new double[logitWeights.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = logitWeights[i];
    }
    program = maker.get();
    copy(program.run(values, weights), logits);
  }

  @Override
  public void value(String node, float[] into) {
    copy(program.value(node), into);
  }

  @Override
  public void gradient(String node, float[] into) {
    copy(program.gradient(node), into);
  }

  private static void copy(double[] from, float[] into) {
    for (int i = 0; i < into.length; i++) {
      into[i] = (float) from[i];
    }
  }

  @Override
  public ProgramReport report() {
    throw new UnsupportedOperationException("the interpreter compiles nothing");
  }

  @Override
  public void close() {}
}
