package dev.fovea.train;

import dev.fovea.optim.Adam;
import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.Clipping;
import dev.fovea.optim.FineTuning;
import dev.fovea.optim.LearningRate;
import dev.fovea.optim.Muon;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.PartValue;
import dev.fovea.optim.RmsProp;
import dev.fovea.optim.Schedule;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.TrainingLength;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.WarmUp;
import dev.fovea.optim.WeightAverage;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
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

/** The built-in recipes: configurations that recipe files and single settings modify. */
public final class Recipes {
  /** The default recipe: learns generated images within two minutes. */
  public static final String STANDARD = "shapes-quick";

  private static final Engine ENGINE =
      new Engine(Optional.empty(), ConvolutionAlgorithm.AUTO, Memory.NORMAL, 0, 0, 0);
  private static final Output OUTPUT =
      new Output("", false, SaveInterval.parse("5m"), SaveInterval.NEVER, 0, 1, List.of());

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
    add(imageNetResnet());
    add(imageNetModern());
    add(finetune());
  }

  private Recipes() {}

  private static void add(RunConfig config) {
    ALL.put(config.recipe(), config);
  }

  /** Returns the names of all recipes. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(ALL.keySet());
  }

  /**
   * Returns the recipe with this name.
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
            TrainingLength.epochs(10),
            128,
            0,
            new LearningRate(0.2, Schedule.OneCycle.standard(), WarmUp.none()),
            UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayWeights(5e-4))));
  }

  // The one-cycle schedule (Smith 2018, arXiv 1803.09820) as in dawn.py of cifar10-fast: the basis
  // of recipes that train within minutes.
  private static RunConfig oneCycle() {
    return recipe(
        "one-cycle",
        data("", "cifar"),
        new Learning(
            TrainingLength.minutes(13),
            128,
            0,
            new LearningRate(
                0.3, new Schedule.OneCycle(0.2, 10, 1e3, Schedule.Anneal.LINEAR), WarmUp.none()),
            UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayWeights(5e-4))));
  }

  // After the CIFAR-10 records of Jordan (2024, arXiv 2404.00498, and airbench94_muon.py): the rate
  // falls linearly from the first step, Muon turns the filters, and rates of shifts and biases are
  // large. Decision 0389 has the search. The length is a time, so that slower machines take no
  // longer and faster ones train for more epochs.
  private static RunConfig cifarFast() {
    RunConfig c = oneCycle();
    return c.withRecipe("cifar-fast")
        .withModel("airbench95")
        .withAugment("alternating-flip", "pad-crop(pad=2,padding=reflect)")
        .with(TrainingLength.minutes(13))
        .withBatch(1000)
        .withSmoothing(0.2)
        .withRate(0.17)
        .with(new Schedule.Polynomial(1, 0))
        .with(new Muon(0.6, true, 3, true, Sgd.nesterov(0.85)))
        .with(groupsOfRecords())
        .with(c.engine().with(ConvolutionAlgorithm.FAST))
        .with(c.output().withEvaluateEvery(5));
  }

  // airbench94_muon.py has three rates, for filters, shifts and the classifier, and one decay for
  // each step; here they are factors of the rate, and decays divided by the rate that they meet.
  private static ParameterGroups groupsOfRecords() {
    List<PartValue> rates =
        List.of(
            new PartValue("biases", 442),
            new PartValue("norm_shifts", 442),
            new PartValue("head", 6.9));
    List<PartValue> decays =
        List.of(
            new PartValue("biases", 3.8e-5),
            new PartValue("norm_shifts", 3.8e-5),
            new PartValue("head", 2.4e-3));
    return ParameterGroups.decayWeights(0).with(new FineTuning(List.of(), rates, decays, 1));
  }

  // The same with the wider and deeper network of airbench96.py and its stronger augmentation.
  private static RunConfig cifarHour() {
    RunConfig c = cifarFast();
    return c.withRecipe("cifar-hour")
        .withModel("airbench96")
        .withAugment("alternating-flip", "pad-crop(pad=4,padding=reflect)", "cutout(side=12)")
        .with(TrainingLength.minutes(59))
        .with(c.output().withEvaluateEvery(8));
  }

  /** Returns the parameter groups of a recipe with a multiple of the learning rate for biases. */
  private static ParameterGroups biasesTimes(double factor, RunConfig recipe) {
    ParameterGroups groups = recipe.learning().update().groups();
    return groups.with(groups.tuning().withLrScale(new PartValue("*.bias", factor)));
  }

  // For a few thousand photographs in about ten classes, from random weights, in 19 minutes: small
  // images and small batches, so that there are enough steps.
  private static RunConfig photosFast() {
    RunConfig c = oneCycle();
    return c.withRecipe("photos-fast")
        .with(c.network().withModel("resnet18").withInput(128))
        .withAugment("resized-crop(area=0.25)", "flip", "jitter", "mixup(alpha=0.2)")
        .with(TrainingLength.minutes(19))
        .withBatch(32)
        .withSmoothing(0.1)
        .withRate(0.1);
  }

  // He et al. 2015, section 4.2, except that the mean is subtracted per channel instead of per
  // pixel.
  private static RunConfig cifarResnet() {
    return recipe(
        "cifar-resnet",
        data("", "cifar"),
        new Learning(
            TrainingLength.steps(64_000),
            128,
            0,
            new LearningRate(
                0.1,
                new Schedule.MultiStep(
                    List.of(TrainingLength.steps(32_000), TrainingLength.steps(48_000)), 0.1),
                WarmUp.none()),
            UpdateRule.of(new Sgd(0.9, 0, false), ParameterGroups.decayAll(1e-4))));
  }

  // The same section: depth 110 starts with about 400 steps at 0.01.
  private static RunConfig cifarResnet110() {
    return cifarResnet()
        .withRecipe("cifar-resnet110")
        .withModel("resnet110")
        .with(new WarmUp(TrainingLength.steps(400), 0.1, WarmUp.Ramp.CONSTANT));
  }

  private static void cifarPapers() {
    // He et al. 2016, arXiv 1603.05027, appendix: as above, with warm-up for all CIFAR networks.
    add(cifarResnet110().withRecipe("cifar-preact").withModel("preact_resnet164"));
    // Zagoruyko and Komodakis 2016, arXiv 1605.07146, section 3.
    RunConfig c = cifarResnet();
    add(
        c.withRecipe("cifar-wrn")
            .withModel("wrn_28_10")
            .with(c.data().withAugment("cifar-reflect").withPreprocess("wrn"))
            .with(TrainingLength.epochs(200))
            .with(
                new Schedule.MultiStep(
                    List.of(
                        TrainingLength.epochs(60),
                        TrainingLength.epochs(120),
                        TrainingLength.epochs(160)),
                    0.2))
            .with(Sgd.nesterov(0.9))
            .with(ParameterGroups.decayAll(5e-4)));
  }

  private static void imageNetPapers() {
    // Szegedy et al. 2014, arXiv 1409.4842, section 6. The paper does not give batch, rate, decay
    // and
    // length; these are from Caffe's bvlc_googlenet.
    RunConfig caffe =
        cifarResnet()
            .withRecipe("googlenet-paper")
            .withModel("googlenet_paper")
            .withAugment("inception")
            .with(TrainingLength.epochs(250))
            .withBatch(32)
            .withRate(0.01)
            .with(new Schedule.Step(TrainingLength.epochs(8), 0.96))
            .with(new ParameterGroups(2e-4, true, false))
            .with(new WeightAverage.Exponential(0.9999, true));
    // Also from Caffe: mean-subtracted images in byte units, which the paper's local response
    // normalization assumes, and twice the learning rate for biases.
    add(caffe.with(caffe.data().withPreprocess("caffe")).with(biasesTimes(2, caffe)));
    bnInceptionPapers(caffe);
    inceptionV3Paper(caffe);
  }

  // Ioffe and Szegedy 2015, arXiv 1502.03167, section 4.2. The paper gives neither momentum, nor
  // image normalization, nor the baseline's schedule, which is assumed to be GoogLeNet's.
  private static void bnInceptionPapers(RunConfig caffe) {
    // BN-Baseline: only batch normalization is new.
    RunConfig baseline =
        caffe
            .withRecipe("bn-inception-paper")
            .withModel("bn_inception_separable(dropout=0.4)")
            .with(caffe.data().withPreprocess("half"))
            .with(TrainingLength.steps(14_000_000))
            .withRate(0.0015)
            .with(WeightAverage.none());
    add(baseline);
    // Section 4.2.1: five times the rate, decaying six times as fast, no dropout, a fifth of the L2
    // weight, and less photometric distortion (the paper does not say how much less).
    RunConfig fiveTimes =
        baseline
            .withRecipe("bn-inception-paper-x5")
            .withModel("bn_inception_separable")
            .withAugment("resized-crop(filter=random)", "flip", "photometric(strength=0.5)")
            .with(TrainingLength.steps(5_000_000))
            .withRate(0.0075)
            .with(new Schedule.Step(TrainingLength.steps(53_333), 0.96))
            .with(new ParameterGroups(4e-5, true, false));
    add(fiveTimes);
    add(
        fiveTimes
            .withRecipe("bn-inception-paper-x30")
            .with(TrainingLength.steps(6_000_000))
            .withRate(0.045));
  }

  // Szegedy et al. 2015, arXiv 1512.00567, section 8; dropout, decays and images in [-1, 1] are
  // from
  // the authors' code.
  private static void inceptionV3Paper(RunConfig caffe) {
    add(
        caffe
            .withRecipe("inception-v3-paper")
            .withModel("inception_v3(dropout=0.2,bn_momentum=0.0003)")
            .with(caffe.data().withAugment("inception-v3").withPreprocess("half"))
            .with(TrainingLength.epochs(100))
            .withSmoothing(0.1)
            .withRate(0.045)
            .with(new Schedule.Step(TrainingLength.epochs(2), 0.94))
            .with(RmsProp.inception())
            .with(new Clipping.GlobalNorm(2))
            .with(ParameterGroups.decayWeights(4e-5)));
  }

  // He et al. 2015, section 3.4, except that the rate falls at fixed epochs, as in the authors'
  // later
  // code, instead of on plateaus.
  private static RunConfig imageNetResnet() {
    return cifarResnet()
        .withRecipe("resnet-imagenet")
        .withModel("resnet50")
        .withAugment("resnet-paper")
        .with(TrainingLength.epochs(90))
        .withBatch(256)
        .with(
            new Schedule.MultiStep(
                List.of(TrainingLength.epochs(30), TrainingLength.epochs(60)), 0.1));
  }

  // After torchvision's second ImageNet weights (there 600 epochs, batch 1024, rate 0.5): cosine
  // schedule, warm-up, label smoothing, mixup and CutMix, no decay of normalization parameters,
  // averaged weights.
  private static RunConfig imageNetModern() {
    return imageNetResnet()
        .withRecipe("resnet-imagenet-modern")
        .withAugment("modern")
        .with(TrainingLength.epochs(300))
        .withSmoothing(0.1)
        .withRate(0.125)
        .with(new Schedule.Cosine(0))
        .with(WarmUp.linear(TrainingLength.epochs(5), 0.01))
        .with(ParameterGroups.decayWeights(2e-5))
        .with(new WeightAverage.Exponential(0.9999, true));
  }

  // For pretrained weights: a small rate decaying over ten epochs, so that learned features are
  // kept, and batch norms with the statistics of the many images that they were trained on, which
  // small batches of few images would only blur. With such norms the size of a gradient depends on
  // the deviations that a trunk came with, a hundredfold from layer to layer, so that no rate suits
  // SGD; see decision 0382. Also the second stage of a fine-tuning.
  private static RunConfig finetune() {
    RunConfig c =
        imageNetResnet()
            .withRecipe("finetune")
            .withAugment("resized-crop(area=0.35)", "flip")
            .with(TrainingLength.epochs(10))
            .withBatch(32)
            .withRate(1e-3)
            .with(new Schedule.Cosine(0))
            .with(WarmUp.linear(TrainingLength.percent(10), 0.1))
            .with(new Adam(0.9, 0.999, 1e-8, true))
            .with(ParameterGroups.decayWeights(0.01));
    // The last layer begins with random weights and has far to go, the trunk has not.
    ParameterGroups groups = c.learning().update().groups();
    // Single epochs differ by a point and more while rates are high; their average does not (0381).
    UpdateRule rule =
        c.learning()
            .update()
            .with(new WeightAverage.Exponential(0.99, true))
            .with(groups.with(groups.tuning().withLrScale(new PartValue("trunk", 0.05))));
    return c.with(rule.with(new BatchStatistics(BatchStatistics.Kind.FROZEN, 100)));
  }

  private static RunConfig recipe(String name, DataSettings data, Learning learning) {
    return new RunConfig(name, data, new Network("resnet20", 0, ""), learning, ENGINE, OUTPUT);
  }

  private static DataSettings data(String source, String... augment) {
    return new DataSettings(source, 0.1, 1, List.of(augment), "auto", 0.01, 1024);
  }
}
