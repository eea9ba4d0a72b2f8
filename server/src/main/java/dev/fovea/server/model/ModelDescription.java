package dev.fovea.server.model;

import dev.fovea.Classifier;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What is to be known of a model, as long as it is not replaced.
 *
 * @param version 1 for the first, and one more after every replacement
 * @param network for example {@code resnet50}
 * @param classes their names, in the order of the logits
 * @param input the shape of one image, (C, H, W)
 * @param numberFormat {@code f32}, {@code bf16} or {@code int8}
 * @param parameters the number of trained values
 * @param file the name of its file, without the folder
 * @param preprocessing how images become the network's input
 * @param metrics measured with these weights, for example {@code top1}
 */
public record ModelDescription(
    String version,
    String network,
    List<String> classes,
    Shape input,
    String numberFormat,
    long parameters,
    String file,
    Map<String, Object> preprocessing,
    Map<String, Double> metrics) {

  static ModelDescription of(String version, Classifier model, Path file) {
    return new ModelDescription(
        version,
        model.network(),
        model.classes(),
        model.inputShape(),
        model.numberFormat(),
        model.parameters(),
        String.valueOf(file.getFileName()),
        model.preprocessing(),
        model.metrics());
  }

  /** How this model differs from another for those who ask, in words; empty if it does not. */
  String changes(ModelDescription before) {
    StringBuilder text = new StringBuilder();
    difference(text, "network", before.network, network);
    difference(text, "input", before.input, input);
    difference(text, "number format", before.numberFormat, numberFormat);
    if (classes.size() != before.classes.size()) {
      difference(text, "number of classes", before.classes.size(), classes.size());
    } else if (!classes.equals(before.classes)) {
      text.append(text.isEmpty() ? "" : "; ").append("names or order of classes");
    }
    return text.toString();
  }

  private static void difference(StringBuilder text, String what, Object before, Object now) {
    if (!before.equals(now)) {
      text.append(text.isEmpty() ? "" : "; ")
          .append(what)
          .append(' ')
          .append(before)
          .append(" to ")
          .append(now);
    }
  }
}
