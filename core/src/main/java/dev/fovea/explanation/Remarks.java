package dev.fovea.explanation;

import java.util.ArrayList;
import java.util.List;

/** What a reader of a map should know, in sentences. */
final class Remarks {
  private Remarks() {}

  static String of(Explanation explanation, List<ExplainedModel> members) {
    List<String> sentences = new ArrayList<>();
    HeatMap map = explanation.map();
    String subject = "'" + explanation.className() + "'";
    if (map.isZero()) {
      sentences.add(
          "The map is zero everywhere: by this method nothing in the image speaks for or against "
              + subject
              + ".");
    } else if (map.isAllNegative()) {
      sentences.add(
          "Every value of the map is negative: by this method the whole image speaks against "
              + subject
              + ", and its positive part is empty.");
    } else if (map.max() <= 0) {
      sentences.add(
          "No value of the map is positive: by this method nothing in the image speaks for "
              + subject
              + ".");
    } else if (map.min() == map.max()) {
      sentences.add(
          "The map has the same value everywhere: by this method no part of the image matters more"
              + " than another.");
    }
    if (members.stream().anyMatch(ExplainedModel::integers)) {
      sentences.add(
          "The model computes in 8-bit integers; probabilities and map are those of the same"
              + " weights in binary32.");
    }
    if (members.size() > 1) {
      sentences.add("The map is the mean of the maps of " + members.size() + " models.");
    }
    return String.join(" ", sentences);
  }
}
