package dev.fovea.study;

import dev.fovea.train.RunConfig;

/** The trainings that arms start from; every schedule is in percent, so that it fits any length. */
final class StudyConfigs {
  /**
   * What studies say of their quick scale that are trained as {@link #cifar} or {@link #cifarWarm}.
   */
  static final String QUICK_BATCHES =
      "Batches are of 32 images at rate 0.05, in place of 128 at 0.1: four times as many steps for"
          + " the same images, without which a deep network hardly begins to learn in minutes.";

  private StudyConfigs() {}

  /**
   * He et al. 2015, section 4.2: SGD with momentum 0.9, decay 1e-4, batch 128, rate 0.1 divided by
   * 10 at 32,000 and 48,000 of 64,000 steps, padded crops and mirrors; smaller batches at quick
   * scale, see {@link #QUICK_BATCHES}.
   */
  static RunConfig cifar(String model, Scale scale) {
    return small(RunConfig.named("cifar-resnet"), scale)
        .with("learning.rate.schedule.at", "50% 75%")
        .with("network.model", model);
  }

  private static RunConfig small(RunConfig paper, Scale scale) {
    return scale == Scale.FULL
        ? paper
        : paper.with("learning.batch", "32").with("learning.rate.base", "0.05");
  }

  /**
   * The same, begun at a tenth of the rate: for 400 steps at full scale, as He et al. 2016, arXiv
   * 1603.05027, appendix, do for all depths; for a twentieth of a quick run.
   */
  static RunConfig cifarWarm(String model, Scale scale) {
    return small(RunConfig.named("cifar-resnet110"), scale)
        .with("learning.rate.schedule.at", "50% 75%")
        .with("learning.rate.warm_up.length", scale == Scale.FULL ? "400steps" : "5%")
        .with("network.model", model);
  }

  /**
   * Zagoruyko and Komodakis 2016, arXiv 1605.07146, section 3: Nesterov's momentum 0.9, decay 5e-4,
   * batch 128, rate 0.1 times 0.2 after 60, 120 and 160 of 200 epochs, crops from reflected
   * borders, mirrors.
   */
  static RunConfig wide(String model) {
    return RunConfig.named("cifar-wrn")
        .with("learning.rate.schedule.at", "30% 60% 80%")
        .with("network.model", model);
  }

  /**
   * The same network and data with one cycle of the rate: what reaches the best accuracy in few
   * epochs (Smith 2018, arXiv 1803.09820).
   */
  static RunConfig oneCycle(String model, double rate) {
    return RunConfig.named("cifar-resnet")
        .with("learning.length", "30epochs")
        .with("learning.rate.base", Double.toString(rate))
        .with("learning.rate.schedule.name", "one-cycle")
        .with("learning.rate.schedule.pct_start", "0.2")
        .with("learning.rate.schedule.div_factor", "10")
        .with("learning.rate.schedule.final_div_factor", "1000")
        .with("learning.rate.schedule.anneal", "linear")
        .with("learning.update.optimizer.nesterov", "true")
        .with("learning.update.groups.weight_decay", "5e-4")
        .with("learning.update.groups.decay_norms", "false")
        .with("learning.update.groups.decay_biases", "false")
        .with("network.model", model);
  }

  /** Plain SGD at one rate, without decay, without varying the pictures. */
  static RunConfig constant(String model, double rate) {
    return RunConfig.named("cifar-resnet")
        .with("learning.rate.schedule.name", "constant")
        .with("learning.rate.base", Double.toString(rate))
        .with("learning.update.groups.weight_decay", "0")
        .with("data.augment", "")
        .with("network.model", model);
  }

  /**
   * Szegedy et al. 2015, arXiv 1512.00567, section 8: RMSProp in TensorFlow's form with rho and
   * momentum 0.9 and epsilon 1, batch 32, rate 0.045 times 0.94 after every fiftieth of 100 epochs,
   * gradients clipped at 2, averaged weights; decay 4e-5 and the average's 0.9999 are those of the
   * code released with it.
   */
  static RunConfig inception(String model) {
    return RunConfig.named("cifar-resnet")
        .with("learning.length", "100epochs")
        .with("learning.batch", "32")
        .with("learning.rate.base", "0.045")
        .with("learning.rate.schedule.name", "step")
        .with("learning.rate.schedule.every", "2%")
        .with("learning.rate.schedule.gamma", "0.94")
        .with("learning.update.optimizer.name", "rmsprop")
        .with("learning.update.groups.weight_decay", "4e-5")
        .with("learning.update.groups.decay_norms", "false")
        .with("learning.update.groups.decay_biases", "false")
        .with("learning.update.clipping.norm", "2")
        .with("learning.update.average.decay", "0.9999")
        .with("network.model", model);
  }

  /**
   * A variant of the small Inception-v3: at full scale of half the width and trained as the paper
   * trains, else narrow and with one cycle of the rate.
   */
  static RunConfig smallInception(Scale scale, String options) {
    String model = "inception_v3_small(" + options;
    return scale == Scale.FULL
        ? inception(model + ",width=0.5)")
        : oneCycle(model + ")", 0.1).with("learning.batch", "64");
  }
}
