package dev.fovea.finetune;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.RecordTree;
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

/**
 * The first stage: features of all images, once for each view, and a linear classifier of them.
 *
 * @param data identifies images and classes
 * @param stop polled between batches and iterations
 */
record HeadStage(
    FinetuneConfig config, FinetuneFolder folder, Trunk trunk, String data, BooleanSupplier stop) {
  /** What the stage found. */
  record Found(HeadFigures figures, Evaluation validation, Judgements judgements) {}

  private record Features(FeatureSet train, FeatureSet val) {}

  /**
   * Runs the stage; if it was done before, what it found is computed again from the kept features.
   *
   * @param dataSeconds that the check of the data took
   * @return empty if it was stopped
   */
  Optional<Found> run(
      Dataset train, Dataset val, double dataSeconds, Consumer<FinetuneEvent> emit) {
    long from = System.nanoTime();
    Optional<Features> features = features(train, val, emit);
    if (features.isEmpty()) {
      return Optional.empty();
    }
    double featureSeconds = since(from);
    long fitting = System.nanoTime();
    int threads = config.run().engine().threads();
    FeatureSet all = features.get().train();
    int classes = train.classes().size();
    boolean done = Files.exists(folder.head());
    StrengthChoice choice =
        done ? chosen(all.size()) : StrengthChoice.of(all, classes, threads, stop);
    choice.note().ifPresent(n -> emit.accept(new FinetuneEvent.Note(n)));
    LinearClassifier answer = fit(all, classes, choice);
    Judged judged = judge(answer, features.get().val(), train.classes());
    if (stop.getAsBoolean()) {
      return Optional.empty();
    }
    if (done) {
      return Optional.of(new Found(read(), judged.evaluation(), judged.judgements()));
    }
    HeldBack held = heldBack(all, train, choice);
    if (stop.getAsBoolean()) {
      return Optional.empty();
    }
    trunk.write(folder.start(), card(train.classes(), held.metrics()), held.head());
    trunk.write(folder.model(), card(train.classes(), metrics(judged.evaluation())), answer);
    HeadFigures figures =
        new HeadFigures(
            choice.forImages(all.size()),
            choice.top1(),
            held.top1(),
            held.loss(),
            dataSeconds,
            featureSeconds,
            since(fitting),
            featureSeconds / ((double) all.views() * all.size() + features.get().val().size()));
    AtomicFile.write(folder.head(), JsonTree.pretty(RecordTree.of(figures)));
    return Optional.of(new Found(figures, judged.evaluation(), judged.judgements()));
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

  private Optional<Features> features(Dataset train, Dataset val, Consumer<FinetuneEvent> emit) {
    FeatureMemory memory =
        new FeatureMemory(train.size(), val.size(), trunk.head().width(), train.classes().size());
    long heap = Runtime.getRuntime().maxMemory();
    Crops crops = memory.crops(heap);
    memory.note(heap).ifPresent(n -> emit.accept(new FinetuneEvent.Note(n)));
    try (InferenceProgram program = trunk.compile()) {
      FeatureExtraction extraction = trunk.extraction(program, config.run(), folder, key());
      Optional<FeatureSet> own =
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
          .map(others -> new Features(own.get(), others));
    }
  }

  // Precision and preprocessing decide the features, besides network and images.
  private String key() {
    return config.run().engine().precisionLabel() + " " + trunk.card().preprocessing() + " ";
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

  private ModelCard card(List<String> classes, Map<String, Double> metrics) {
    RunConfig run = FinetunePlan.ofModel(FinetunePlan.withNetwork(config, trunk), config);
    return new ModelCard(
        trunk.head().network().name(),
        trunk.card().input(),
        classes,
        trunk.card().preprocessing(),
        run.identity(),
        metrics,
        new ModelCard.Origin(FinetunePlan.source(config), data));
  }

  private StrengthChoice chosen(int images) {
    HeadFigures before = read();
    return new StrengthChoice(
        before.strength(),
        images,
        Double.NaN,
        before.crossValidatedTop1(),
        StrengthChoice.End.INSIDE);
  }

  private HeadFigures read() {
    Path file = folder.head();
    String where = file.toString();
    return RecordTree.read(
        HeadFigures.class, JsonTree.parse(FinetuneFolder.text(file), where), where);
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }
}
