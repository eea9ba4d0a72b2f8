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
import java.util.Set;

/**
 * Everything a run trains and evaluates with as long as image size and frozen parameters stay the
 * same: programs, updater and loaders. Owns all of them; used by one thread.
 *
 * @param unchanged names of the parameters and running statistics that training leaves as they are
 */
record CompiledPhase(
    RunStage stage,
    Set<String> unchanged,
    TrainingProgram program,
    Updater updater,
    InferenceProgram inference,
    Loader training,
    Loader validation)
    implements AutoCloseable {

  /** Compiles and allocates; weights and state are zero until the caller writes them. */
  static CompiledPhase open(TrainingSetup setup, RunStage stage) {
    SoftmaxCrossEntropy loss = new SoftmaxCrossEntropy(setup.config().learning().smoothing());
    TrainingProgram program =
        Compilation.training(
            setup.trained(stage.side()),
            loss,
            setup.backend(),
            setup.compileOptions(setup.rankBatch()),
            setup.frozen(stage));
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
            stage,
            setup.frozen(stage).unchanged(setup.graph()),
            program,
            updater,
            inference,
            training(setup, stage.side(), program.inputType()),
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
    BatchFormat format =
        new BatchFormat(s.rankBatch(), s.preprocessing().channels(), side, side, type);
    return s.augmentation().loader(s.train(), s.preprocessing().unscored(), format, s.loading());
  }

  private static Loader validation(TrainingSetup s, int batch, DType type) {
    Preprocessing p = s.preprocessing();
    BatchFormat format = new BatchFormat(batch, p.channels(), p.height(), p.width(), type);
    return Loader.evaluation(s.val(), p, format, s.loading());
  }

  /** Returns the side of the training images in pixels. */
  int side() {
    return stage.side();
  }

  /** Prepares a state that was loaded, whatever stage it was saved in. */
  void settle() {
    updater.settle(unchanged);
  }

  /** Returns everything a state file must hold, by name in the file; live, not copies. */
  Map<String, ParameterSet> sets() {
    Map<String, ParameterSet> sets = new LinkedHashMap<>();
    sets.put("weights", program.weights());
    sets.putAll(updater.state());
    return sets;
  }

  /** Returns the weights used for evaluation and for the model file. */
  ParameterSet evaluated() {
    return updater.average().orElse(program.weights());
  }

  /**
   * Returns a copy of the batch-norm running statistics, which every batch updates before its step.
   */
  Map<String, float[]> statistics() {
    Map<String, float[]> copy = new HashMap<>();
    for (ParamSpec spec : program.weights().specs()) {
      if (!spec.role().trainable()) {
        copy.put(spec.name(), program.weights().read(spec.name()));
      }
    }
    return copy;
  }

  /** Restores running statistics copied earlier. */
  void restore(Map<String, float[]> statistics) {
    statistics.forEach((name, values) -> program.weights().write(name, values));
  }

  /** Whether all weights and all state are finite; anything else is never saved. */
  boolean isFinite() {
    for (ParameterSet set : sets().values()) {
      for (ParamSpec spec : set.specs()) {
        // A finite value adds 0; NaN or infinity turns the sum into NaN for good.
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

  /** Releases everything; idempotent. */
  @Override
  public void close() {
    validation.close();
    training.close();
    inference.close();
    program.close();
  }
}
