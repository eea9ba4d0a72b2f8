package dev.fovea.study;

import dev.fovea.train.RunConfig;

/** The trainings that arms start from; every schedule is in percent, so that it fits any length. */
final class Base {
  private Base() {}

  /**
   * He et al. 2015, section 4.2: SGD with momentum 0.9, decay 1e-4, batch 128, rate 0.1 divided by
   * 10 at 32,000 and 48,000 of 64,000 steps, padded crops and mirrors.
   */
  static RunConfig cifar(String model) {
    return RunConfig.named("cifar-resnet")
        .with("learning.rate.schedule.at", "50% 75%")
        .with("network.model", model);
  }

  /**
   * The same network and data with one cycle of the rate: what reaches the best accuracy in few
   * epochs (Smith 2018, arXiv 1803.09820).
   */
  static RunConfig oneCycle(String model, double rate) {
    return RunConfig.named("cifar-fast")
        .with("learning.length", "30epochs")
        .with("learning.rate.base", Double.toString(rate))
        .with("network.model", model);
  }

  /** Plain SGD at one rate, without decay, without varying the pictures. */
  static RunConfig constant(String model, double rate) {
    return RunConfig.named("cifar-resnet")
        .with("learning.rate.schedule.name", "constant")
        .with("learning.rate.base", Double.toString(rate))
        .with("learning.update.decay.weight_decay", "0")
        .with("data.augment", "")
        .with("network.model", model);
  }
}
