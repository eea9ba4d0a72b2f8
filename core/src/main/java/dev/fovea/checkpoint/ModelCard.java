package dev.fovea.checkpoint;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.tensor.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The metadata of a model file: everything besides the weights that evaluation and prediction need.
 *
 * <p>Contains no times and no paths of the run, so that equal runs give equal files.
 *
 * @param network the name from which {@link dev.fovea.models.Models} builds the graph
 * @param input the shape of one image, (C, H, W)
 * @param classes the class names, in the order of the logits
 * @param config the run's configuration as JSON; {@code {}} for imported weights
 * @param metrics measured with these weights, for example {@code top1}; fractions, not percentages
 * @param data the data set that the network was trained on
 */
public record ModelCard(
    String network,
    Shape input,
    List<String> classes,
    Preprocessing preprocessing,
    String config,
    Map<String, Double> metrics,
    Origin data) {

  /**
   * The data set of the training run.
   *
   * @param source its path or name; empty if unknown
   * @param fingerprint a hash of its contents; empty if unknown
   */
  public record Origin(String source, String fingerprint) {}

  /** Copies the collections and checks that the input shape fits the preprocessing. */
  public ModelCard {
    classes = List.copyOf(classes);
    metrics = Collections.unmodifiableMap(new TreeMap<>(metrics));
    Shape seen = Shape.of(preprocessing.channels(), preprocessing.height(), preprocessing.width());
    if (!seen.equals(input)) {
      throw new CheckpointException(
          "a model for images of " + input + " cannot have preprocessing to " + seen);
    }
    if (classes.isEmpty()) {
      throw new CheckpointException("a model needs the names of its classes");
    }
  }

  /** The card of weights that come from elsewhere: no run is known that they are the result of. */
  public static ModelCard ofImported(
      String network, Shape input, List<String> classes, Preprocessing preprocessing) {
    return new ModelCard(
        network, input, classes, preprocessing, "{}", Map.of(), new Origin("", ""));
  }

  /** A copy with another preprocessing. */
  public ModelCard with(Preprocessing other) {
    return new ModelCard(network, input, classes, other, config, metrics, data);
  }

  /** A copy with other metrics. */
  public ModelCard withMetrics(Map<String, Double> other) {
    return new ModelCard(network, input, classes, preprocessing, config, other, data);
  }
}
