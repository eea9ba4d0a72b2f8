package dev.fovea.optim;

import dev.fovea.PlainProducts;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.BlockKernel;
import dev.fovea.program.MatrixProduct;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.StepExchange;
import dev.fovea.program.StepResult;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Parameters in heap arrays, walked in small odd blocks; runs no network. */
final class HeapProgram implements TrainingProgram {
  private static final int BLOCK = 7;

  record Heap(Map<ParamSpec, float[]> values) implements ParameterSet {
    @Override
    public List<ParamSpec> specs() {
      return List.copyOf(values.keySet());
    }

    @Override
    public float[] read(String name) {
      return of(name).clone();
    }

    @Override
    public void write(String name, float[] from) {
      System.arraycopy(from, 0, of(name), 0, of(name).length);
    }

    @Override
    public void close() {}

    private float[] of(String name) {
      return values.entrySet().stream()
          .filter(e -> e.getKey().name().equals(name))
          .findFirst()
          .orElseThrow()
          .getValue();
    }
  }

  private final List<ParamSpec> specs;
  private final ParameterSet weights;
  private final ParameterSet gradients;

  HeapProgram(List<ParamSpec> specs) {
    this.specs = specs;
    this.weights = allocate(s -> true);
    this.gradients = allocate(s -> s.role().trainable());
  }

  @Override
  public ParameterSet weights() {
    return weights;
  }

  @Override
  public ParameterSet gradients() {
    return gradients;
  }

  @Override
  public ParameterSet allocate(Predicate<ParamSpec> wanted) {
    Map<ParamSpec, float[]> values = new LinkedHashMap<>();
    specs.stream()
        .filter(wanted)
        .forEach(s -> values.put(s, new float[(int) s.shape().elements()]));
    return new Heap(values);
  }

  @Override
  public void forEachBlock(
      List<ParameterSet> writable, List<ParameterSet> readOnly, BlockKernel kernel) {
    List<ParameterSet> sets = new ArrayList<>(writable);
    sets.addAll(readOnly);
    for (ParamSpec spec : specs) {
      if (!sets.stream().allMatch(s -> s.specs().contains(spec))) {
        continue;
      }
      int size = (int) spec.shape().elements();
      for (int from = 0; from < size; from += BLOCK) {
        int n = Math.min(BLOCK, size - from);
        float[][] blocks = new float[sets.size()][BLOCK];
        for (int i = 0; i < blocks.length; i++) {
          System.arraycopy(((Heap) sets.get(i)).values().get(spec), from, blocks[i], 0, n);
        }
        kernel.apply(spec, blocks, n);
        for (int i = 0; i < writable.size(); i++) {
          System.arraycopy(blocks[i], 0, ((Heap) sets.get(i)).values().get(spec), from, n);
        }
      }
    }
  }

  @Override
  public MatrixProduct products() {
    return PlainProducts::product;
  }

  @Override
  public double gradientNorm() {
    double sum = 0;
    for (ParamSpec s : gradients.specs()) {
      for (float g : gradients.read(s.name())) {
        sum += (double) g * g;
      }
    }
    return Math.sqrt(sum);
  }

  @Override
  public double norm(ParameterSet set, ParamSpec parameter) {
    double sum = 0;
    for (float v : set.read(parameter.name())) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  @Override
  public DType inputType() {
    throw new AssertionError("runs no network");
  }

  @Override
  public StepResult run(
      ByteBuffer images, float[] targets, long dropoutSeed, StepExchange exchange) {
    throw new AssertionError("runs no network");
  }

  @Override
  public List<FloatBuffer> gradientBuckets() {
    throw new AssertionError("runs no network");
  }

  @Override
  public List<FloatBuffer> runningStatistics() {
    throw new AssertionError("runs no network");
  }

  @Override
  public StepResult profile(ByteBuffer images, float[] targets, long dropoutSeed, long[] nanos) {
    throw new AssertionError("runs no network");
  }

  @Override
  public void observe(ByteBuffer images, long dropoutSeed, double part, StepExchange exchange) {
    throw new AssertionError("runs no network");
  }

  @Override
  public ProgramReport report() {
    throw new AssertionError("runs no network");
  }

  @Override
  public void close() {}
}
