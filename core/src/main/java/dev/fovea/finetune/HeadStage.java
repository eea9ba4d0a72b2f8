package dev.fovea.finetune;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.loader.Crops;
import dev.fovea.data.source.Dataset;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Judgement;
import dev.fovea.eval.Judgements;
import dev.fovea.eval.Tally;
import dev.fovea.logistic.FeatureSet;
import dev.fovea.logistic.LinearClassifier;
import dev.fovea.logistic.LogisticRegression;
import dev.fovea.logistic.Stopping;
import dev.fovea.logistic.StrengthChoice;
import dev.fovea.program.InferenceProgram;
import dev.fovea.train.RunConfig;
import dev.fovea.train.RunData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The first stage: features of all images, once for each view, and a linear classifier of them.
 *
 * @param data identifies images and classes
 * @param stop polled between batches and iterations
 */
record HeadStage(
    FinetuneConfig config, FinetuneFolder folder, Trunk trunk, String data, BooleanSupplier stop) {
  /**
   * What the stage found.
   *
   * @param heldBack the number of held-back images that can be read
   * @param badFraction the limit of unreadable images of any part alone, now that all were judged
   */
  record Found(
      HeadFigures figures,
      Evaluation validation,
      Judgements judgements,
      int heldBack,
      double badFraction) {}

  private record Features(FeatureSet train, FeatureSet val, double seconds) {
    double secondsPerView() {
      int views = train.size() * train.views() + val.size() * val.views();
      return seconds / Math.max(1, views);
    }
  }

  /** What an earlier session found; checked to be made of the same. */
  Optional<HeadRecord> before(List<String> classes) {
    Optional<HeadRecord> before = HeadRecord.in(folder);
    before.ifPresent(b -> b.requireSame(madeOf(classes), folder, config.run().data().source()));
    return before;
  }

  private HeadRecord.MadeOf madeOf(List<String> classes) {
    return new HeadRecord.MadeOf(
        data, classes, trunk.checksum(), Trunk.computing(config), config.run().data().holdBack());
  }

  /**
   * Runs the stage; if it was done before, what it found is computed again from the kept features,
   * and so are files that are no longer whole.
   *
   * @param dataSeconds that the check of the data took
   * @return empty if it was stopped
   */
  Optional<Found> run(
      Dataset train, Dataset val, double dataSeconds, Consumer<FinetuneEvent> emit) {
    Optional<HeadRecord> before = before(train.classes());
    Optional<Features> computed = features(train, val, before, emit);
    if (computed.isEmpty()) {
      return Optional.empty();
    }
    Features features = computed.get();
    double limit = limit(features, train, val);
    long fitting = System.nanoTime();
    Fitted fitted = fitted(features, train.classes(), before, emit);
    if (stop.getAsBoolean()) {
      return Optional.empty();
    }
    if (before.isEmpty() || !isWhole(folder.start()) || !isWhole(folder.model())) {
      Optional<HeldBack> held = save(features, train, fitted, before.isEmpty(), limit);
      if (held.isEmpty()) {
        return Optional.empty();
      }
      HeadFigures found =
          new HeadFigures(
              fitted.choice().strength(),
              fitted.choice().top1(),
              held.get().top1(),
              held.get().loss(),
              dataSeconds,
              features.seconds(),
              since(fitting),
              features.secondsPerView(),
              features.train().views());
      before = Optional.of(before.orElse(new HeadRecord(madeOf(train.classes()), found)));
      before.get().write(folder);
    }
    return Optional.of(
        new Found(
            before.get().figures(),
            fitted.judged().evaluation(),
            fitted.judged().judgements(),
            features.train().count(RunData.heldBackItems(train, config.run(), true)),
            limit));
  }

  private record Fitted(StrengthChoice choice, LinearClassifier answer, Judged judged) {}

  private Fitted fitted(
      Features features,
      List<String> classes,
      Optional<HeadRecord> before,
      Consumer<FinetuneEvent> emit) {
    int threads = config.run().engine().threads();
    FeatureSet all = features.train();
    StrengthChoice choice =
        before.isPresent()
            ? chosen(before.get().figures(), all.size())
            : StrengthChoice.of(all, classes.size(), threads, stop).at(all.size());
    choice.note().ifPresent(n -> emit.accept(new FinetuneEvent.Note(n)));
    LinearClassifier answer = fit(all, classes.size(), choice);
    return new Fitted(choice, answer, judge(answer, features.val(), classes));
  }

  // Writes what is not there or, if anew, everything; empty if it was stopped.
  private Optional<HeldBack> save(
      Features features, Dataset train, Fitted fitted, boolean anew, double limit) {
    HeldBack held = heldBack(features.train(), train, fitted.choice());
    if (stop.getAsBoolean()) {
      return Optional.empty();
    }
    List<String> classes = train.classes();
    write(folder.start(), card(classes, held.metrics(), limit), held.head(), anew);
    Map<String, Double> metrics = metrics(fitted.judged().evaluation());
    write(folder.model(), card(classes, metrics, limit), fitted.answer(), anew);
    return Optional.of(held);
  }

  // A file that an earlier session made stays if it is whole: the model may be the second stage's.
  private void write(Path file, ModelCard card, LinearClassifier head, boolean anew) {
    if (anew || !isWhole(file)) {
      trunk.write(file, card, head);
    }
  }

  private static boolean isWhole(Path file) {
    if (!Files.exists(file)) {
      return false;
    }
    try (ModelFile opened = ModelFile.open(file)) {
      return opened.quantized().isEmpty();
    } catch (CheckpointException e) {
      // Made again from the features.
      return false;
    }
  }

  private double limit(Features features, Dataset train, Dataset val) {
    BadImageLimit limit = new BadImageLimit(config.run().data().badFraction());
    limit.judge(features.train(), train, features.val(), val);
    double others = limit.of(features.train(), RunData.heldBackItems(train, config.run(), false));
    double held = limit.of(features.train(), RunData.heldBackItems(train, config.run(), true));
    double validation = limit.of(features.val(), IntStream.range(0, val.size()).toArray());
    return Math.max(Math.max(others, held), validation);
  }

  /** A head that did not see the held-back images, and what it answers on them. */
  private record HeldBack(
      LinearClassifier head, double top1, double loss, Map<String, Double> metrics) {}

  private HeldBack heldBack(FeatureSet all, Dataset train, StrengthChoice choice) {
    int classes = train.classes().size();
    FeatureSet kept = all.among(RunData.heldBackItems(train, config.run(), false));
    LinearClassifier head = fit(kept, classes, choice);
    FeatureSet back = all.among(RunData.heldBackItems(train, config.run(), true));
    if (back.size() == 0) {
      // One image per class: cross-validation is all that is known.
      return new HeldBack(head, choice.top1(), choice.loss(), Map.of());
    }
    Evaluation e = judge(head, back, train.classes()).evaluation();
    return new HeldBack(head, e.top1(), e.loss(), metrics(e));
  }

  private Optional<Features> features(
      Dataset train, Dataset val, Optional<HeadRecord> before, Consumer<FinetuneEvent> emit) {
    FeatureMemory memory =
        new FeatureMemory(train.size(), val.size(), trunk.head().width(), train.classes().size());
    long heap = Runtime.getRuntime().maxMemory();
    Crops crops = memory.crops(heap);
    // Before the kept features of more views are made again with fewer.
    before.ifPresent(b -> b.requireViews(FeatureExtraction.views(crops), folder));
    memory.note(heap).ifPresent(n -> emit.accept(new FinetuneEvent.Note(n)));
    try (InferenceProgram program = trunk.compile()) {
      FeatureExtraction extraction = trunk.extraction(program, config, folder);
      Optional<FeatureExtraction.Extracted> own =
          extraction.of(
              train,
              "training",
              crops,
              n -> emit.accept(new FinetuneEvent.FeaturesComputed("training", n, train.size())),
              stop);
      if (own.isEmpty()) {
        return Optional.empty();
      }
      return extraction
          .of(
              val,
              "validation",
              Crops.SINGLE,
              n -> emit.accept(new FinetuneEvent.FeaturesComputed("validation", n, val.size())),
              stop)
          .map(
              others ->
                  new Features(
                      own.get().set(), others.set(), own.get().seconds() + others.seconds()));
    }
  }

  private LinearClassifier fit(FeatureSet set, int classes, StrengthChoice choice) {
    LogisticRegression regression =
        new LogisticRegression(set, classes, config.run().engine().threads());
    return regression.classifier(
        regression.fit(choice.forImages(set.size()), Stopping.atMinimum(stop)));
  }

  private record Judged(Evaluation evaluation, Judgements judgements) {}

  private static Judged judge(LinearClassifier head, FeatureSet set, List<String> classes) {
    Tally tally = new Tally(classes);
    List<Judgement> all = new ArrayList<>();
    for (int i = 0; i < set.size(); i++) {
      double[] answer = head.answer(set, i);
      tally.add(answer, set.labels()[i]);
      all.add(Judgement.of(set.items()[i], set.labels()[i], answer));
    }
    return new Judged(tally.result(), new Judgements(all));
  }

  static Map<String, Double> metrics(Evaluation e) {
    return new HashMap<>(Map.of("top1", e.top1(), "top5", e.top5(), "loss", e.loss()));
  }

  private ModelCard card(List<String> classes, Map<String, Double> metrics, double badFraction) {
    RunConfig full = FinetunePlan.ofModel(FinetunePlan.withNetwork(config, trunk), config);
    RunConfig run = full.with(full.data().withBadFraction(badFraction));
    return new ModelCard(
        trunk.head().network().name(),
        trunk.card().input(),
        classes,
        trunk.card().preprocessing(),
        run.identity(),
        metrics,
        new ModelCard.Origin(FinetunePlan.source(config), data));
  }

  private static StrengthChoice chosen(HeadFigures before, int images) {
    return new StrengthChoice(
        before.strength(),
        images,
        Double.NaN,
        before.crossValidatedTop1(),
        StrengthChoice.End.INSIDE);
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }
}
