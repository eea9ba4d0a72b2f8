package dev.fovea.study.claims;

import dev.fovea.optim.Clipping;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.RmsProp;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.TrainingLength;
import dev.fovea.optim.WarmUp;
import dev.fovea.optim.WeightAverage;
import dev.fovea.study.Scale;
import dev.fovea.train.RunConfig;
import java.util.stream.DoubleStream;

/** The base configurations of arms; all schedules are in percent, so that they fit any length. */
final class StudyConfigs {
  /** The setup note for quick studies that use {@link #cifar} or {@link #cifarWarm}. */
  static final String QUICK_BATCHES =
      "The batch size is 32 at learning rate 0.05, in place of 128 at 0.1: four times as many"
          + " steps for the same images, without which a deep network hardly starts to learn within"
          + " minutes.";

  /** The setup note for quick studies that use {@link #smallImages}. */
  static final String SMALL_IMAGES =
      "Images are reduced to 16x16 pixels, for all networks alike: a step takes about a quarter of"
          + " the time.";

  /** The setup note for quick studies that use {@link #reduced}. */
  static final String REDUCED =
      SMALL_IMAGES
          + " The schedule is one cycle of the learning rate, which rises to 0.1 in the first fifth"
          + " of the run and falls to 0, with batches of 64, Nesterov's momentum and weight decay"
          + " of 5e-4. In trial runs with a part of the training images held back, this took a"
          + " residual network of 56 layers much further within minutes than the paper's steps of"
          + " the rate.";

  private static final int SMALL_SIDE = 16;

  private StudyConfigs() {}

  /**
   * He et al. 2015, section 4.2: SGD with momentum 0.9, decay 1e-4, batch 128, rate 0.1 divided by
   * 10 at 32,000 and 48,000 of 64,000 steps, padded crops and mirrors; smaller batches at quick
   * scale, see {@link #QUICK_BATCHES}.
   */
  static RunConfig cifar(String model, Scale scale) {
    return small(RunConfig.named("cifar-resnet"), scale)
        .with(fallingAt(0.1, 50, 75))
        .withModel(model);
  }

  private static RunConfig small(RunConfig paper, Scale scale) {
    return scale == Scale.FULL ? paper : paper.withBatch(32).withRate(0.05);
  }

  /**
   * Returns a schedule that multiplies the rate by gamma at each of these percentages of the run.
   */
  private static Schedule fallingAt(double gamma, double... percentages) {
    return new Schedule.MultiStep(
        DoubleStream.of(percentages).mapToObj(TrainingLength::percent).toList(), gamma);
  }

  /**
   * The same, starting at a tenth of the rate: for 400 steps at full scale, as in He et al. 2016,
   * arXiv 1603.05027, appendix, for all depths; for a twentieth of a quick run.
   */
  static RunConfig cifarWarm(String model, Scale scale) {
    TrainingLength warmUp =
        scale == Scale.FULL ? TrainingLength.steps(400) : TrainingLength.percent(5);
    return small(RunConfig.named("cifar-resnet110"), scale)
        .with(fallingAt(0.1, 50, 75))
        .with(new WarmUp(warmUp, 0.1, WarmUp.Ramp.CONSTANT))
        .withModel(model);
  }

  /**
   * Returns the paper's configuration at full scale; for a quick study, the same network on small
   * images with a one-cycle schedule, by which deep networks, too, learn within minutes.
   */
  static RunConfig reduced(RunConfig paper, Scale scale) {
    return scale == Scale.FULL
        ? paper
        : smallImages(oneCycle(paper.network().model(), 0.1).withBatch(64), scale);
  }

  /** Returns a configuration with images of 16x16 pixels if the study is quick. */
  static RunConfig smallImages(RunConfig config, Scale scale) {
    return scale == Scale.FULL ? config : config.with(config.network().withInput(SMALL_SIDE));
  }

  /**
   * Zagoruyko and Komodakis 2016, arXiv 1605.07146, section 3: Nesterov's momentum 0.9, decay 5e-4,
   * batch 128, rate 0.1 times 0.2 after 60, 120 and 160 of 200 epochs, crops from reflected
   * borders, mirrors.
   */
  static RunConfig wide(String model) {
    return RunConfig.named("cifar-wrn").with(fallingAt(0.2, 30, 60, 80)).withModel(model);
  }

  /**
   * The same data with a one-cycle schedule, which reaches the best accuracy in few epochs (Smith
   * 2018, arXiv 1803.09820).
   */
  static RunConfig oneCycle(String model, double rate) {
    return RunConfig.named("cifar-resnet")
        .with(TrainingLength.epochs(30))
        .withRate(rate)
        .with(new Schedule.OneCycle(0.2, 10, 1e3, Schedule.Anneal.LINEAR))
        .with(Sgd.nesterov(0.9))
        .with(ParameterGroups.decayWeights(5e-4))
        .withModel(model);
  }

  /** SGD with momentum at a constant rate, without weight decay and without augmentation. */
  static RunConfig constant(String model, double rate) {
    return RunConfig.named("cifar-resnet")
        .with(new Schedule.Constant())
        .withRate(rate)
        .with(ParameterGroups.decayAll(0))
        .withAugment()
        .withModel(model);
  }

  /**
   * Returns a perceptron of 100 ReLUs per layer.
   *
   * @param scale of the initial weights, in units of those of He et al., arXiv 1502.01852
   */
  static String perceptron(int layers, boolean norm, double scale) {
    // The network's own are N(0, sqrt(1 / fan_in)), those of He et al. N(0, sqrt(2 / fan_in)).
    return "mlp(layers="
        + layers
        + ",activation=relu,init_scale="
        + scale * Math.sqrt(2)
        + (norm ? ")" : ",norm=none)");
  }

  /**
   * Szegedy et al. 2015, arXiv 1512.00567, section 8: RMSProp in TensorFlow's form with rho and
   * momentum 0.9 and epsilon 1, batch 32, rate 0.045 times 0.94 after every fiftieth of 100 epochs,
   * gradients clipped at 2, averaged weights; decay 4e-5 and the average's 0.9999 are those of the
   * code released with it.
   */
  static RunConfig inception(String model) {
    return RunConfig.named("cifar-resnet")
        .with(TrainingLength.epochs(100))
        .withBatch(32)
        .withRate(0.045)
        .with(new Schedule.Step(TrainingLength.percent(2), 0.94))
        .with(RmsProp.inception())
        .with(ParameterGroups.decayWeights(4e-5))
        .with(new Clipping.GlobalNorm(2))
        .with(new WeightAverage.Exponential(0.9999, true))
        .withModel(model);
  }

  /**
   * A variant of the small Inception-v3: at full scale with half the width and the paper's
   * training, otherwise narrow and with a one-cycle schedule.
   */
  static RunConfig smallInception(Scale scale, String options) {
    String model = "inception_v3_small(" + options;
    return scale == Scale.FULL
        ? inception(model + ",width=0.5)")
        : oneCycle(model + ")", 0.1).withBatch(64);
  }
}
