package dev.fovea.optim;

import dev.fovea.program.BlockKernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * RMSProp (Tieleman and Hinton 2012): divides gradients by the root of their running mean square,
 * in one of two forms that differ for large epsilon. With g the gradient plus decay·w:
 *
 * <pre>
 *                 TensorFlow                             PyTorch
 * s before step 0   1                                      0
 * s               = rho·s + (1 - rho)·g²                   the same
 * m               = momentum·m + rate·g/√(s + epsilon)     momentum·m + g/(√s + epsilon)
 * w               = w - m                                  w - rate·m
 * </pre>
 *
 * <p>Inception-v3 was trained with TensorFlow's form, rho 0.9, momentum 0.9 and epsilon 1 (Szegedy
 * et al. 2015, section 8); with such an epsilon the two forms are different optimizers.
 *
 * @param rho the decay rate of the mean square s, in [0, 1)
 * @param momentum the fraction of the step m that is kept, in [0, 1)
 * @param epsilon added to the denominator; above 0
 */
public record RmsProp(double rho, double momentum, double epsilon, Form form) implements Optimizer {

  /** Where epsilon and the learning rate enter, and the initial mean square. */
  public enum Form {
    /**
     * tf.train.RMSPropOptimizer: epsilon inside the root, the rate inside the momentum, s starts at
     * 1.
     */
    TENSORFLOW,
    /**
     * torch.optim.RMSprop: epsilon outside the root, the rate outside the momentum, s starts at 0.
     */
    PYTORCH
  }

  /** Checks the constants. */
  public RmsProp {
    OptimException.check(rho >= 0 && rho < 1, "a rho in [0, 1)", rho);
    OptimException.check(momentum >= 0 && momentum < 1, "a momentum in [0, 1)", momentum);
    OptimException.check(
        epsilon > 0 && epsilon < Double.POSITIVE_INFINITY, "an epsilon above 0", epsilon);
  }

  /** Returns the settings that Inception-v3 was trained with. */
  public static RmsProp inception() {
    return new RmsProp(0.9, 0.9, 1, Form.TENSORFLOW);
  }

  @Override
  public List<State> states() {
    return List.of(
        new State("mean_square", form == Form.TENSORFLOW ? 1 : 0), new State("momentum", 0));
  }

  @Override
  public BlockKernel kernel(Step step) {
    return (spec, blocks, n) -> {
      Loop loop =
          new Loop(
              (float) step.rateOf(spec),
              (float) step.gradientScale(),
              (float) step.decayOf(spec),
              (float) rho,
              (float) (1 - rho),
              (float) epsilon);
      if (form == Form.TENSORFLOW) {
        loop.tensorflow(blocks, (float) momentum, n);
      } else {
        loop.pytorch(blocks, (float) momentum, n);
      }
    };
  }

  /** The inner loops, with the constants of one step for one parameter. */
  private record Loop(float rate, float scale, float decay, float rho, float part, float epsilon) {

    void tensorflow(float[][] blocks, float mu, int n) {
      float[] w = blocks[0];
      float[] s = blocks[1];
      float[] m = blocks[2];
      float[] gradient = blocks[3];
      for (int i = 0; i < n; i++) {
        float g = scale * gradient[i] + decay * w[i];
        float square = rho * s[i] + part * g * g;
        s[i] = square;
        float step = mu * m[i] + rate * g / (float) Math.sqrt(square + epsilon);
        m[i] = step;
        w[i] -= step;
      }
    }

    void pytorch(float[][] blocks, float mu, int n) {
      float[] w = blocks[0];
      float[] s = blocks[1];
      float[] m = blocks[2];
      float[] gradient = blocks[3];
      for (int i = 0; i < n; i++) {
        float g = scale * gradient[i] + decay * w[i];
        float square = rho * s[i] + part * g * g;
        s[i] = square;
        float step = mu * m[i] + g / ((float) Math.sqrt(square) + epsilon);
        m[i] = step;
        w[i] -= rate * step;
      }
    }
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", "rmsprop");
    map.put("form", form.name().toLowerCase(Locale.ROOT));
    map.put("rho", rho);
    map.put("momentum", momentum);
    map.put("epsilon", epsilon);
    return map;
  }

  // Missing settings default to Inception-v3's in TensorFlow's form and to PyTorch's in PyTorch's.
  static RmsProp of(Settings s) {
    String form = s.text("form", "tensorflow");
    if (!form.equals("tensorflow") && !form.equals("pytorch")) {
      throw s.unknown("form of rmsprop", form, "tensorflow", "pytorch");
    }
    boolean tensorflow = form.equals("tensorflow");
    return new RmsProp(
        s.number("rho", tensorflow ? 0.9 : 0.99),
        s.number("momentum", tensorflow ? 0.9 : 0),
        s.number("epsilon", tensorflow ? 1 : 1e-8),
        tensorflow ? Form.TENSORFLOW : Form.PYTORCH);
  }
}
