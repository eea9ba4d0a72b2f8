package dev.fovea.train;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.EvenSubset;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;

/**
 * The time per step of a configuration on this machine, in seconds; used to plan several runs
 * before any of them starts.
 *
 * @param training forward and backward pass, without the update
 * @param inference an evaluation step with the same batch size
 */
public record StepTimes(double training, double inference) {

  /**
   * Compiles the network of a resolved configuration and measures its steps on blank images.
   *
   * @throws dev.fovea.program.ProgramException if it cannot be compiled or memory is insufficient
   */
  public static StepTimes of(RunConfig config, int classes, Backend backend) {
    RunConfig.Network n = config.network();
    Shape input = TrainingSetup.input(n);
    Graph graph = Models.graph(n.model(), classes, input);
    int batch = config.learning().batch();
    CompileOptions options = TrainingSetup.compileOptions(config.engine(), batch);
    StepTimer timer = new StepTimer(input, classes);
    try (TrainingProgram training =
            Compilation.training(graph, new SoftmaxCrossEntropy(0), backend, options);
        InferenceProgram inference =
            Compilation.inference(graph, training.weights(), backend, options)) {
      for (ParamSpec spec : training.weights().specs()) {
        training.weights().write(spec.name(), spec.initialValues(0));
      }
      return new StepTimes(timer.training(training, batch), timer.inference(inference, batch));
    }
  }

  /**
   * Returns the seconds for reading, augmenting and normalizing a training batch on an otherwise
   * idle machine, with cached images already in memory.
   */
  public static double loading(RunConfig config, Dataset train) {
    Shape input = TrainingSetup.input(config.network());
    DataSettings d = config.data();
    Preprocessing how =
        Augmentation.preprocessing(d.preprocess(), input).with(d.decode()).unscored();
    int batch = Math.min(config.learning().batch(), train.size());
    BatchFormat format =
        new BatchFormat(batch, how.channels(), how.height(), how.width(), DType.F32);
    LoaderOptions feeding =
        new LoaderOptions(0, config.engine().threads(), 1, true, 1, image -> {});
    Dataset few = EvenSubset.atMost(train, StepTimer.maxLoadedBatches() * batch);
    try (Loader loader = Augmentation.of(d.augment(), input).loader(few, how, format, feeding)) {
      return StepTimer.loading(loader);
    }
  }
}
