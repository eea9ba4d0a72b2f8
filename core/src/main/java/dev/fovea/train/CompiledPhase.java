package dev.fovea.train;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.graph.ParamSpec;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a run trains and evaluates with while its images keep their size: the programs, the update
 * rule at work, and the batches. Owns all of them; used by one thread.
 *
 * @param side of the images that are trained on, in pixels
 */
record CompiledPhase(
    int side,
    TrainingProgram program,
    Updater updater,
    InferenceProgram inference,
    Loader training,
    Loader validation)
    implements AutoCloseable {

  /** Compiles and takes memory; weights and state are zero and still to be written. */
  static CompiledPhase open(TrainingSetup setup, int side) {
    SoftmaxCrossEntropy loss = new SoftmaxCrossEntropy(setup.config().learning().smoothing());
    TrainingProgram program =
        Compilation.training(
            setup.graph(side),
            loss,
            setup.backend(),
            setup.compileOptions(setup.batch()),
            setup.frozen());
    try {
      UpdateRule rule = setup.update();
      Updater updater = new Updater(program, rule, rule.groups().on(setup.graph()));
      ParameterSet evaluated = updater.average().orElse(program.weights());
      int evalBatch = setup.config().engine().evalBatch();
      InferenceProgram inference =
          Compilation.inference(
              setup.graph(), evaluated, setup.backend(), setup.compileOptions(evalBatch));
      try {
        return new CompiledPhase(
            side,
            program,
            updater,
            inference,
            training(setup, side, program.inputType()),
            validation(setup, evalBatch, inference.inputType()));
      } catch (RuntimeException | Error e) {
        inference.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      program.close();
      throw e;
    }
  }

  private static Loader training(TrainingSetup s, int side, DType type) {
    BatchFormat format = new BatchFormat(s.batch(), s.preprocessing().channels(), side, side, type);
    return s.variation().loader(s.train(), s.preprocessing(), format, s.loading());
  }

  private static Loader validation(TrainingSetup s, int batch, DType type) {
    Preprocessing p = s.preprocessing();
    BatchFormat format = new BatchFormat(batch, p.channels(), p.height(), p.width(), type);
    return Loader.evaluation(s.val(), p, format, s.loading());
  }

  /** All that a state file must keep, by its name there; live, not a copy. */
  Map<String, ParameterSet> sets() {
    Map<String, ParameterSet> sets = new LinkedHashMap<>();
    sets.put("weights", program.weights());
    sets.putAll(updater.state());
    return sets;
  }

  /** The weights to evaluate and save with. */
  ParameterSet evaluated() {
    return updater.average().orElse(program.weights());
  }

  /** A copy of batch norm's running statistics, which every batch moves before its step is made. */
  Map<String, float[]> statistics() {
    Map<String, float[]> copy = new HashMap<>();
    for (ParamSpec spec : program.weights().specs()) {
      if (!spec.role().trainable()) {
        copy.put(spec.name(), program.weights().read(spec.name()));
      }
    }
    return copy;
  }

  /** Takes back what batches have done since the copy was made. */
  void restore(Map<String, float[]> statistics) {
    statistics.forEach((name, values) -> program.weights().write(name, values));
  }

  /** Whether all weights and all state are finite numbers; nothing else is ever saved. */
  boolean isFinite() {
    for (ParameterSet set : sets().values()) {
      for (ParamSpec spec : set.specs()) {
        // The sum of finite floats in binary64 is finite; one that is not finite makes it so for
        // good.
        double sum = 0;
        for (float v : set.read(spec.name())) {
          sum += v * 0f;
        }
        if (sum != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** Harmless when repeated. */
  @Override
  public void close() {
    validation.close();
    training.close();
    inference.close();
    program.close();
  }
}
