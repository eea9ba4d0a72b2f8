package dev.fovea.explanation;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.eval.Prediction;
import dev.fovea.eval.Softmax;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * One model or an ensemble, explained. An ensemble predicts with the mean of its members'
 * probabilities; its score is the mean of their logits, and its map the mean of their signed maps,
 * which is the explanation of that score. Owns its models; used by one thread.
 */
public final class ExplainedModels implements AutoCloseable {
  private final List<ExplainedModel> members;
  private final Baseline baseline;
  private final Optional<String> layer;
  private final Turns turns;
  private final List<RandomizedNetwork> randomized = new ArrayList<>();

  /**
   * Combines models.
   *
   * @param members with the same classes, at least one
   * @param layer that Grad-CAM and HiResCAM read; empty to find it
   * @param turns in which images are decoded
   */
  public ExplainedModels(
      List<ExplainedModel> members, Baseline baseline, Optional<String> layer, Turns turns) {
    this.members = List.copyOf(members);
    this.baseline = baseline;
    this.layer = layer;
    this.turns = turns;
  }

  /** The names of the classes. */
  public List<String> classes() {
    return first().classes();
  }

  /** The input of the first model, (C, H, W). */
  public Shape inputShape() {
    return first().network().graph().inputShape();
  }

  /** The shape of the layer that maps are made of in the first network. */
  Shape layerShape() {
    return MapMethods.layer(first().network(), layer).shape();
  }

  ExplainedModel first() {
    return members.get(0);
  }

  List<ExplainedModel> members() {
    return members;
  }

  /** The networks as they are. */
  List<ScoredNetwork> networks() {
    return members.stream().map(ExplainedModel::network).toList();
  }

  /** Copies of the networks for random weights, made when they are first needed and kept. */
  List<RandomizedNetwork> randomized() {
    while (randomized.size() < members.size()) {
      randomized.add(new RandomizedNetwork(members.get(randomized.size())));
    }
    return randomized;
  }

  /** Images that go through networks for {@code images} explanations. */
  long evaluations(ExplanationMethod method, long images) {
    long each = 0;
    for (ExplainedModel m : members) {
      each += 1 + MapMethods.evaluations(method, m.network().graph().inputShape());
    }
    return images * each;
  }

  /**
   * Explains images, a bounded number at a time.
   *
   * @param subject gives each image; asked once, in order
   * @throws IllegalArgumentException if the target is no class of the models
   * @throws ProgramException if a network gives no finite numbers, naming the image
   */
  public void explain(
      int count,
      IntFunction<Subject> subject,
      ExplanationMethod method,
      ExplanationTarget target,
      ExplanationListener listener) {
    Targets.check(target, classes());
    Work work = new Work(listener, evaluations(method, count));
    int most = members.stream().mapToInt(m -> m.network().batch()).min().orElseThrow();
    for (int from = 0; from < count; from += most) {
      List<Prepared> some = new ArrayList<>();
      for (int i = from; i < Math.min(count, from + most); i++) {
        some.add(prepare(subject.apply(i)));
      }
      explain(some, method, target, work).forEach(listener::explained);
    }
  }

  /** An image as each member's network gets it. */
  record Prepared(Subject subject, List<float[]> inputs, List<SeenArea> areas) {}

  Prepared prepare(Subject subject) {
    Map<Preprocessing, float[]> made = new HashMap<>();
    turns.use(
        () ->
            members.forEach(
                m -> made.computeIfAbsent(m.preprocessing(), p -> p.apply(subject.picture()))));
    List<float[]> inputs = new ArrayList<>();
    List<SeenArea> areas = new ArrayList<>();
    for (ExplainedModel m : members) {
      inputs.add(Objects.requireNonNull(made.get(m.preprocessing())));
      areas.add(SeenArea.of(m.preprocessing(), subject.picture()));
    }
    return new Prepared(subject, inputs, areas);
  }

  List<Explanation> explain(
      List<Prepared> images, ExplanationMethod method, ExplanationTarget target, Work work) {
    List<float[][]> logits = logits(images, work);
    List<Prediction> predictions = predictions(images.size(), logits);
    List<ExplanationTarget> targets =
        predictions.stream().map(p -> Targets.resolved(target, p)).toList();
    List<List<MemberMap>> maps = ownMaps(images, method, targets, work);
    List<Explanation> all = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      int image = i;
      List<MemberMap> own = maps.stream().map(m -> m.get(image)).toList();
      float[] weights = Targets.weights(targets.get(i), classes().size());
      double score =
          logits.stream().mapToDouble(l -> MapMethods.score(l[image], weights)).average().orElse(0);
      all.add(
          explanation(
              images.get(i), predictions.get(i), new Asked(method, targets.get(i), score), own));
    }
    return all;
  }

  // Of each member, those of each image.
  private List<float[][]> logits(List<Prepared> images, Work work) {
    List<float[][]> logits = new ArrayList<>();
    for (int m = 0; m < members.size(); m++) {
      int member = m;
      float[][] all =
          networks().get(m).logits(images.size(), i -> images.get(i).inputs().get(member), work);
      for (int i = 0; i < all.length; i++) {
        requireFinite(all[i], images.get(i).subject().name());
      }
      logits.add(all);
    }
    return logits;
  }

  private List<Prediction> predictions(int count, List<float[][]> logits) {
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int image = i;
      predictions.add(
          Prediction.of(
              classes(), logProbabilities(logits.stream().map(all -> all[image]).toList())));
    }
    return predictions;
  }

  /**
   * Classifies an image.
   *
   * @throws ProgramException if a network gives no finite numbers, naming the image
   */
  public Prediction predict(Subject subject) {
    Work work = new Work(new ExplanationListener() {}, members.size());
    return predictions(1, logits(List.of(prepare(subject)), work)).get(0);
  }

  private List<List<MemberMap>> ownMaps(
      List<Prepared> images, ExplanationMethod method, List<ExplanationTarget> targets, Work work) {
    try {
      return maps(networks(), images, method, targets, work);
    } catch (NotFinite e) {
      throw new ProgramException(
          images.get(e.image()).subject().name()
              + ": the network's values or gradients are no finite numbers ("
              + e.getMessage()
              + "), so there is nothing to explain; check the weights of the model",
          e);
    }
  }

  /** The maps of each network for each image. */
  List<List<MemberMap>> maps(
      List<ScoredNetwork> networks,
      List<Prepared> images,
      ExplanationMethod method,
      List<ExplanationTarget> targets,
      Work work) {
    List<float[]> weights =
        targets.stream().map(t -> Targets.weights(t, classes().size())).toList();
    List<List<MemberMap>> all = new ArrayList<>();
    for (int m = 0; m < networks.size(); m++) {
      int member = m;
      float[] nothing = baseline.values(members.get(m).preprocessing());
      MapMethods methods = new MapMethods(networks.get(m), method, nothing, layer, work);
      all.add(methods.of(images.stream().map(p -> p.inputs().get(member)).toList(), weights));
    }
    return all;
  }

  private record Asked(ExplanationMethod method, ExplanationTarget target, double score) {}

  private Explanation explanation(
      Prepared image, Prediction prediction, Asked asked, List<MemberMap> maps) {
    MemberMap mean = EnsembleMap.mean(maps, image.areas());
    Explanation plain =
        new Explanation(
            image.subject().name(),
            prediction,
            asked.method(),
            asked.target(),
            asked.score(),
            mean.map(),
            mean.raw(),
            mean.channels(),
            mean.layer(),
            mean.completenessError(),
            first().preprocessing().input(image.subject().picture()),
            image.areas().get(0),
            "");
    return plain.withRemark(Remarks.of(plain, members));
  }

  /** The logarithms of the mean of the members' probabilities. */
  static double[] logProbabilities(List<float[]> logits) {
    double[] sum = Softmax.log(logits.get(0), 0, logits.get(0).length);
    for (float[] more : logits.subList(1, logits.size())) {
      double[] log = Softmax.log(more, 0, more.length);
      Arrays.setAll(sum, k -> Softmax.logAdd(sum[k], log[k]));
    }
    double share = StrictMath.log(logits.size());
    Arrays.setAll(sum, k -> sum[k] - share);
    return sum;
  }

  private void requireFinite(float[] logits, String name) {
    for (int k = 0; k < logits.length; k++) {
      if (!Float.isFinite(logits[k])) {
        throw new ProgramException(
            name
                + ": the network gives "
                + logits[k]
                + " for class '"
                + classes().get(k)
                + "' where a finite number was expected, so there is nothing to explain; check the"
                + " weights of the model");
      }
    }
  }

  /** What is localized: the boxes of an image that have the same label, or none. */
  private record Sought(int image, ExplanationTarget target, List<LabeledBox> drawn) {}

  /**
   * Localizes what people drew boxes around.
   *
   * @param names of the images, by which boxes are found
   * @param opened gives the picture of an image; asked for those with boxes
   * @param share see {@link Localization#box}
   * @throws DataException if no image has a box, or a label is no class of the models
   */
  public LocalizationResult localize(
      List<String> names,
      IntFunction<Subject> opened,
      BoxAnnotations boxes,
      ExplanationMethod method,
      double share,
      ExplanationListener listener) {
    boxes.requireAny(names);
    List<Sought> all = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Map<Optional<String>, List<LabeledBox>> drawn = new LinkedHashMap<>();
      for (LabeledBox box : boxes.of(names.get(i))) {
        drawn.computeIfAbsent(box.label(), k -> new ArrayList<>()).add(box);
      }
      for (List<LabeledBox> same : drawn.values()) {
        all.add(new Sought(i, target(same.get(0)), same));
      }
    }
    Work work = new Work(listener, evaluations(method, all.size()));
    List<LocalizedImage> found = new ArrayList<>();
    for (Sought s : all) {
      Explanation explanation =
          explain(List.of(prepare(opened.apply(s.image))), method, s.target, work).get(0);
      listener.explained(explanation);
      found.add(LocalizedImage.of(explanation, s.drawn, share));
    }
    return new LocalizationResult(found);
  }

  private ExplanationTarget target(LabeledBox box) {
    if (box.label().isEmpty()) {
      return new ExplanationTarget.Best();
    }
    int index = classes().indexOf(box.label().get());
    if (index < 0) {
      throw new DataException(
          box.source()
              + ": the label is '"
              + box.label().get()
              + "', which is no class of the model; expected one of its "
              + classes().size()
              + ", for example '"
              + classes().get(0)
              + "'");
    }
    return new ExplanationTarget.OfClass(index);
  }

  @Override
  public void close() {
    randomized.forEach(RandomizedNetwork::close);
    randomized.clear();
    members.forEach(ExplainedModel::close);
  }
}
