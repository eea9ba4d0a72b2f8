package dev.fovea.explanation;

import dev.fovea.api.Api;
import dev.fovea.data.image.Image;
import dev.fovea.eval.Prediction;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Why a network answers what it answers for one image: a heat map, and what it was made of.
 *
 * <pre>{@code
 * try (Explainer explainer = Explainer.open(Path.of("model.safetensors"))) {
 *   ExplanationMethod method = explainer.method("grad-cam");
 *   Explanation why = explainer.explain(Path.of("cat.jpg"), method, new ExplanationTarget.Best());
 *   System.out.println(why.prediction().best() + " " + why.map() + " " + why.remark());
 * }
 * }</pre>
 *
 * @param name the image's, for messages: its path, or its place in the list
 * @param prediction of all classes; of an ensemble, the mean of its members' probabilities
 * @param target a class or a difference of two, never {@link ExplanationTarget.Best}
 * @param score what is explained: the target's logit, or the difference of two; of an ensemble, the
 *     mean over its members
 * @param map signed, in the size of the network's input; of an ensemble, the mean over its members
 *     in the size of the first one's input
 * @param raw the map in the layer's own size, of Grad-CAM and HiResCAM
 * @param channels the values of each input channel, whose sum over channels is the map, of the
 *     methods that use gradients at the input
 * @param layer the name of the layer that Grad-CAM and HiResCAM read; empty for other methods
 * @param completenessError of integrated gradients: the sum of the map minus the difference between
 *     the scores of the image and of the baseline, 0 for an exact integral
 * @param seen what the network saw: the resized and cropped image
 * @param area which part of the original picture that is
 * @param remark what a reader should know, in sentences, for example that every value is negative;
 *     empty if there is nothing
 */
@Api(Api.Status.EXPERIMENTAL)
public record Explanation(
    String name,
    Prediction prediction,
    ExplanationMethod method,
    ExplanationTarget target,
    double score,
    HeatMap map,
    Optional<HeatMap> raw,
    Optional<Attributions> channels,
    String layer,
    OptionalDouble completenessError,
    Image seen,
    SeenArea area,
    String remark) {

  /** The index of the class that positive values speak for. */
  public int classIndex() {
    return target instanceof ExplanationTarget.Difference d
        ? d.index()
        : ((ExplanationTarget.OfClass) target).index();
  }

  /** The name of the class that positive values speak for. */
  public String className() {
    return name(classIndex());
  }

  /** What was explained, in words: {@code tabby}, or {@code tabby rather than tiger cat}. */
  public String subject() {
    return target instanceof ExplanationTarget.Difference d
        ? name(d.index()) + " rather than " + name(d.versus())
        : className();
  }

  private String name(int index) {
    return prediction.guesses().stream()
        .filter(g -> g.index() == index)
        .findFirst()
        .orElseThrow()
        .name();
  }

  Explanation withRemark(String sentences) {
    return new Explanation(
        name,
        prediction,
        method,
        target,
        score,
        map,
        raw,
        channels,
        layer,
        completenessError,
        seen,
        area,
        sentences);
  }
}
