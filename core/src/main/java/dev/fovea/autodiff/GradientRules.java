package dev.fovea.autodiff;

import dev.fovea.graph.Op;
import java.util.Map;

/**
 * The gradient rule of every operation, in one table: which forward values its backward pass reads,
 * and how the gradients of its inputs relate to that of its output. The formulas are in package
 * {@code reference}.
 */
public final class GradientRules {
  private GradientRules() {}

  /** What the backward pass of an operation reads in addition to the gradient of its output. */
  public enum Reads {
    /** Nothing: the operation is linear in its only input. */
    NOTHING,
    /** Its inputs. */
    INPUTS,
    /** Its output. */
    OUTPUT,
    /** Its inputs and what the forward pass saved: batch statistics or a sign mask. */
    INPUTS_AND_SAVED,
    /** Only what the forward pass saved: positions of maxima, or a dropout mask. */
    SAVED
  }

  /** How an operation's input gradients relate to each other and to the output gradient. */
  public enum Flow {
    /** Every input has its own gradient. */
    EACH,
    /** Every input receives the output gradient unchanged. */
    IDENTITY,
    /** All inputs share one newly computed gradient. */
    SHARED,
    /** The operation has no inputs. */
    NONE
  }

  /** One row of the table. */
  public record Rule(Reads reads, Flow flow) {}

  private static final Map<Class<? extends Op>, Rule> TABLE =
      Map.ofEntries(
          Map.entry(Op.Input.class, new Rule(Reads.NOTHING, Flow.NONE)),
          Map.entry(Op.Conv2d.class, new Rule(Reads.INPUTS, Flow.EACH)),
          Map.entry(Op.BatchNorm.class, new Rule(Reads.INPUTS_AND_SAVED, Flow.EACH)),
          Map.entry(Op.BatchNormRelu.class, new Rule(Reads.INPUTS_AND_SAVED, Flow.EACH)),
          Map.entry(Op.Relu.class, new Rule(Reads.OUTPUT, Flow.EACH)),
          Map.entry(Op.Sigmoid.class, new Rule(Reads.OUTPUT, Flow.EACH)),
          Map.entry(Op.Tanh.class, new Rule(Reads.OUTPUT, Flow.EACH)),
          Map.entry(Op.Gelu.class, new Rule(Reads.INPUTS, Flow.EACH)),
          Map.entry(Op.Silu.class, new Rule(Reads.INPUTS, Flow.EACH)),
          Map.entry(Op.MaxPool.class, new Rule(Reads.SAVED, Flow.EACH)),
          Map.entry(Op.AvgPool.class, new Rule(Reads.NOTHING, Flow.EACH)),
          Map.entry(Op.GlobalAvgPool.class, new Rule(Reads.NOTHING, Flow.EACH)),
          Map.entry(Op.AdaptiveAvgPool.class, new Rule(Reads.NOTHING, Flow.EACH)),
          Map.entry(Op.Concat.class, new Rule(Reads.NOTHING, Flow.EACH)),
          Map.entry(Op.Add.class, new Rule(Reads.NOTHING, Flow.IDENTITY)),
          Map.entry(Op.AddRelu.class, new Rule(Reads.OUTPUT, Flow.SHARED)),
          Map.entry(Op.Multiply.class, new Rule(Reads.INPUTS, Flow.EACH)),
          Map.entry(Op.Affine.class, new Rule(Reads.NOTHING, Flow.EACH)),
          Map.entry(Op.Linear.class, new Rule(Reads.INPUTS, Flow.EACH)),
          Map.entry(Op.Dropout.class, new Rule(Reads.SAVED, Flow.EACH)),
          Map.entry(Op.StochasticDepth.class, new Rule(Reads.SAVED, Flow.EACH)),
          Map.entry(Op.LocalResponseNorm.class, new Rule(Reads.INPUTS_AND_SAVED, Flow.EACH)),
          Map.entry(Op.Flatten.class, new Rule(Reads.NOTHING, Flow.EACH)),
          Map.entry(Op.PadShortcut.class, new Rule(Reads.NOTHING, Flow.EACH)));

  /** The rule of {@code op}. */
  public static Rule of(Op op) {
    return of(op.getClass());
  }

  /**
   * What the backward pass of {@code op} reads if its parameters have no gradients and its
   * statistics are fixed: it is then linear, up to a fused ReLU.
   */
  public static Reads readsForInputsOnly(Op op) {
    if (op instanceof Op.Conv2d || op instanceof Op.Linear || op instanceof Op.BatchNorm) {
      return Reads.NOTHING;
    }
    return op instanceof Op.BatchNormRelu ? Reads.OUTPUT : of(op).reads();
  }

  static Rule of(Class<? extends Op> op) {
    Rule rule = TABLE.get(op);
    if (rule == null) {
      throw new IllegalArgumentException(
          "operation "
              + op.getSimpleName()
              + " has no gradient rule; add its row to GradientRules");
    }
    return rule;
  }
}
