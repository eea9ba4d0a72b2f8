package dev.fovea.optim;

import dev.fovea.program.BlockKernel;
import java.util.List;
import java.util.Map;

/**
 * The rule that moves weights along gradients; a record of its constants.
 *
 * <p>A new one is a record beside {@link Sgd}, permitted here and named in {@link #of}.
 */
public sealed interface Optimizer permits Sgd {

  /** The names of its per-parameter state in files, one set each; all start at zero. */
  List<String> stateNames();

  /**
   * The arithmetic of one step over blocks [weights, states in the order of {@link #stateNames},
   * gradients], of which the gradients are only read. Inner loops are plain counted loops over
   * arrays without branches, which the JIT compiler turns into vector instructions.
   */
  BlockKernel kernel(Step step);

  /** Plain text and numbers, for a recipe. */
  Map<String, Object> toMap();

  /**
   * What changes from step to step.
   *
   * @param rate the learning rate
   * @param number how many steps were made before, over all runs of this state
   * @param gradientScale what gradients are multiplied with before anything else; 1 unless clipped
   */
  record Step(double rate, long number, double gradientScale, ParameterGroups groups) {}

  /**
   * The reverse of {@link #toMap}.
   *
   * @throws OptimException if a setting is unknown or out of range
   */
  static Optimizer of(Map<String, ?> map) {
    String name = new Settings("optimizer", map).text("name", "sgd");
    Settings s = new Settings("optimizer '" + name + "'", map);
    s.text("name", "sgd");
    if (!name.equals("sgd")) {
      throw s.unknown("optimizer", name, "sgd");
    }
    return s.end(
        new Sgd(s.number("momentum", 0.9), s.number("dampening", 0), s.flag("nesterov", false)));
  }
}
