package dev.fovea.train;

import dev.fovea.optim.LearningRate;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.Span;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.WarmUp;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.train.RunConfig.Data;
import dev.fovea.train.RunConfig.Engine;
import dev.fovea.train.RunConfig.Learning;
import dev.fovea.train.RunConfig.Network;
import dev.fovea.train.RunConfig.Output;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The recipes that come with Fovea, as configurations that flags and files change. */
public final class Recipes {
  /**
   * The recipe that is used where none is named: a clear result on generated pictures in two
   * minutes.
   */
  public static final String STANDARD = "shapes-quick";

  private static final Engine ENGINE = new Engine(Optional.empty(), Memory.NORMAL, 0, 0, 0);
  private static final Output OUTPUT = new Output("", false, Every.parse("5m"), Every.NEVER, 0, 1);

  private static final Map<String, RunConfig> ALL = new LinkedHashMap<>();

  static {
    add(shapesQuick());
    add(cifarFast());
    add(cifarHour());
    add(photosFast());
    add(cifarResnet());
    add(cifarResnet110());
    cifarPapers();
    imageNetPapers();
    laterImageNetPapers();
    imageNetModern();
    add(finetune());
  }

  private Recipes() {}

  private static void add(RunConfig config) {
    ALL.put(config.recipe(), config);
  }

  /** Their names. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(ALL.keySet());
  }

  /**
   * The recipe of this name.
   *
   * @throws ConfigException if there is none
   */
  public static RunConfig named(String name) {
    RunConfig config = ALL.get(name);
    if (config == null) {
      throw new ConfigException(
          "there is no recipe '"
              + name
              + "' and no file of that name; the recipes are "
              + String.join(", ", ALL.keySet()));
    }
    return config;
  }

  private static RunConfig shapesQuick() {
    return recipe(
        "shapes-quick",
        data("shapes", "cifar"),
        new Learning(
            Span.epochs(10),
            128,
            0,
            new LearningRate(0.2, Schedule.OneCycle.standard(), WarmUp.none()),
            UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayWeights(5e-4))));
  }

  // One cycle of the rate (Smith 2018, arXiv 1803.09820), as dawn.py of cifar10-fast has it: what
  // recipes of minutes begin from.
  private static RunConfig oneCycle() {
    return recipe(
        "one-cycle",
        data("", "cifar"),
        new Learning(
            new Span(13, Span.Unit.MINUTES),
            128,
            0,
            new LearningRate(
                0.3, new Schedule.OneCycle(0.2, 10, 1e3, Schedule.Anneal.LINEAR), WarmUp.none()),
            UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayWeights(5e-4))));
  }

  // After dawn.py of cifar10-fast (Page 2018; 24 epochs of batch 512 at 0.4 there): a wide and
  // shallow network, whose steps use the cores better than a deep one's, and what keeps it from
  // learning its pictures by heart. Decision 0177 says how it was chosen. As many epochs as fit
  // into
  // the time, so that a slower machine takes no longer, and a faster one learns more.
  private static RunConfig cifarHour() {
    return changed(
        "cifar-hour",
        oneCycle(),
        "network.model=resnet9(width=40)",
        "network.progressive=16:25%,24:60%",
        "data.augment=pad-crop(padding=reflect) flip cutout(side=8)",
        "learning.length=59minutes",
        "learning.smoothing=0.2",
        "learning.rate.base=0.2",
        "learning.update.groups.lr_scale=*.bias=8",
        "output.evaluate_every=8");
  }

  // The same in a quarter of the time, with a network of a third of the cost.
  private static RunConfig cifarFast() {
    return changed(
        "cifar-fast",
        cifarHour(),
        "network.model=resnet9(width=24)",
        "learning.length=12minutes",
        "output.evaluate_every=5");
  }

  // A few thousand photographs of ten kinds or so, from random weights, in 19 minutes: small
  // pictures and small batches, so that there are enough steps.
  private static RunConfig photosFast() {
    return changed(
        "photos-fast",
        oneCycle(),
        "network.model=resnet18",
        "network.input=128",
        "data.augment=resized-crop(area=0.25) flip jitter mixup(alpha=0.2)",
        "learning.length=19minutes",
        "learning.batch=32",
        "learning.smoothing=0.1",
        "learning.rate.base=0.1");
  }

  // He et al. 2015, section 4.2; where the paper subtracts the mean of every pixel, this subtracts
  // that of every channel.
  private static RunConfig cifarResnet() {
    return recipe(
        "cifar-resnet",
        data("", "cifar"),
        new Learning(
            Span.steps(64_000),
            128,
            0,
            new LearningRate(
                0.1,
                new Schedule.MultiStep(List.of(Span.steps(32_000), Span.steps(48_000)), 0.1),
                WarmUp.none()),
            UpdateRule.of(new Sgd(0.9, 0, false), ParameterGroups.decayAll(1e-4))));
  }

  // The same section: depth 110 begins with about 400 steps at 0.01.
  private static RunConfig cifarResnet110() {
    return cifarResnet()
        .withRecipe("cifar-resnet110")
        .withModel("resnet110")
        .with(new WarmUp(Span.steps(400), 0.1, WarmUp.Ramp.CONSTANT));
  }

  private static void cifarPapers() {
    // He et al. 2016, arXiv 1603.05027, appendix: as above, with warm-up for all CIFAR networks.
    add(changed("cifar-preact", "cifar-resnet110", "network.model=preact_resnet164"));
    // Zagoruyko and Komodakis 2016, arXiv 1605.07146, section 3.
    add(
        changed(
            "cifar-wrn",
            "cifar-resnet",
            "network.model=wrn_28_10",
            "data.augment=cifar-reflect",
            "data.preprocess=wrn",
            "learning.length=200epochs",
            "learning.rate.schedule.at=60epochs 120epochs 160epochs",
            "learning.rate.schedule.gamma=0.2",
            "learning.update.optimizer.nesterov=true",
            "learning.update.groups.weight_decay=5e-4"));
  }

  private static void imageNetPapers() {
    // Szegedy et al. 2014, arXiv 1409.4842, section 6. Batch, rate, decay and length are not given
    // there; they are those of Caffe's bvlc_googlenet.
    RunConfig caffe =
        changed(
            "googlenet-paper",
            "cifar-resnet",
            "network.model=googlenet_paper",
            "data.augment=inception",
            "learning.length=250epochs",
            "learning.batch=32",
            "learning.rate.base=0.01",
            "learning.rate.schedule.name=step",
            "learning.rate.schedule.every=8epochs",
            "learning.rate.schedule.gamma=0.96",
            "learning.update.groups.weight_decay=2e-4",
            "learning.update.groups.decay_biases=false",
            "learning.update.average.decay=0.9999");
    // So are the images, as bytes less their mean, for which the paper's response norm is made, and
    // the doubled rate of biases.
    add(
        changed(
            "googlenet-paper",
            caffe,
            "data.preprocess=caffe",
            "learning.update.groups.lr_scale=*.bias=2"));
    bnInceptionPapers(caffe);
    inceptionV3Paper(caffe);
  }

  // Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.2. Momentum is not given, nor the images'
  // values, nor the baseline's schedule, which is taken to be GoogLeNet's.
  private static void bnInceptionPapers(RunConfig caffe) {
    // BN-Baseline: nothing but batch norm is new.
    add(
        changed(
            "bn-inception-paper",
            caffe,
            "network.model=bn_inception_separable(dropout=0.4)",
            "data.preprocess=half",
            "learning.length=14000000steps",
            "learning.rate.base=0.0015",
            "learning.update.average.decay=0"));
    // Section 4.2.1: five times the rate, which falls six times as fast, no dropout, a fifth of the
    // L2 weight, and less photometric distortion; how much less is not said.
    add(
        changed(
            "bn-inception-paper-x5",
            "bn-inception-paper",
            "network.model=bn_inception_separable",
            "data.augment=resized-crop(filter=random) flip photometric(strength=0.5)",
            "learning.length=5000000steps",
            "learning.rate.base=0.0075",
            "learning.rate.schedule.every=53333steps",
            "learning.update.groups.weight_decay=4e-5"));
    add(
        changed(
            "bn-inception-paper-x30",
            "bn-inception-paper-x5",
            "learning.length=6000000steps",
            "learning.rate.base=0.045"));
  }

  // Szegedy et al. 2015, arXiv 1512.00567, section 8; dropout, decays, and images in [-1, 1] from
  // the authors' code.
  private static void inceptionV3Paper(RunConfig caffe) {
    add(
        changed(
            "inception-v3-paper",
            caffe,
            "network.model=inception_v3(dropout=0.2,bn_momentum=0.0003)",
            "data.augment=inception-v3",
            "data.preprocess=half",
            "learning.length=100epochs",
            "learning.smoothing=0.1",
            "learning.rate.base=0.045",
            "learning.rate.schedule.every=2epochs",
            "learning.rate.schedule.gamma=0.94",
            "learning.update.optimizer.name=rmsprop",
            "learning.update.optimizer.rho=0.9",
            "learning.update.optimizer.momentum=0.9",
            "learning.update.optimizer.epsilon=1",
            "learning.update.optimizer.form=tensorflow",
            "learning.update.clipping.norm=2",
            "learning.update.groups.weight_decay=4e-5",
            "learning.update.groups.decay_norms=false"));
  }

  private static void laterImageNetPapers() {
    // He et al. 2015, section 3.4; the rate falls at fixed epochs, as in the authors' later code,
    // where the paper waits for plateaus.
    add(
        changed(
            "resnet-imagenet",
            "cifar-resnet",
            "network.model=resnet50",
            "data.augment=resnet-paper",
            "learning.length=90epochs",
            "learning.batch=256",
            "learning.rate.schedule.at=30epochs 60epochs"));
  }

  // In the manner of torchvision's second ImageNet weights (600 epochs there, batch 1024 and rate
  // 0.5): cosine, warm-up, smoothing, mixing of images, no decay of norms, averaged weights.
  private static void imageNetModern() {
    add(
        changed(
            "resnet-imagenet-modern",
            "resnet-imagenet",
            "data.augment=modern",
            "learning.length=300epochs",
            "learning.smoothing=0.1",
            "learning.rate.base=0.125",
            "learning.rate.schedule.name=cosine",
            "learning.rate.warm_up.length=5epochs",
            "learning.rate.warm_up.start_factor=0.01",
            "learning.rate.warm_up.ramp=linear",
            "learning.update.groups.weight_decay=2e-5",
            "learning.update.groups.decay_norms=false",
            "learning.update.groups.decay_biases=false",
            "learning.update.average.decay=0.9999"));
  }

  // For --init: a small rate that falls over ten epochs, so that what was learnt is kept.
  private static RunConfig finetune() {
    return changed(
        "finetune",
        "resnet-imagenet",
        "data.augment=imagenet",
        "learning.length=10epochs",
        "learning.batch=32",
        "learning.rate.base=0.01",
        "learning.rate.schedule.name=cosine",
        "learning.update.groups.decay_norms=false",
        "learning.update.groups.decay_biases=false");
  }

  /** A recipe that differs from another in these settings, written as with {@code --set}. */
  private static RunConfig changed(String name, String base, String... settings) {
    return changed(name, named(base), settings);
  }

  private static RunConfig changed(String name, RunConfig base, String... settings) {
    RunConfig c = base;
    for (String s : settings) {
      int at = s.indexOf('=');
      c = c.with(s.substring(0, at), s.substring(at + 1));
    }
    return c.withRecipe(name);
  }

  private static RunConfig recipe(String name, Data data, Learning learning) {
    return new RunConfig(name, data, new Network("resnet20", 0, ""), learning, ENGINE, OUTPUT);
  }

  private static Data data(String source, String... augment) {
    return new Data(source, 0.1, 1, List.of(augment), "auto", 0.01, 1024);
  }
}
