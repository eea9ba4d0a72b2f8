package dev.fovea.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The rows that {@code bench/data} can measure. */
sealed interface DataRow {

  /** The word on the command line and in the results. */
  String word();

  /**
   * Work on single pictures in memory on one core, beside Pillow.
   *
   * @param kinds the kinds of files, all of which pass through one process
   */
  record Pictures(String word, List<String> kinds) implements DataRow {}

  /**
   * From files to ResNet-50's answers in whole processes.
   *
   * @param precision Fovea's
   * @param runtime the network's runtime in Python
   * @param decoding what Pillow does: {@code full} or {@code draft}
   */
  record Predict(
      String word, String kind, int files, String precision, String runtime, String decoding)
      implements DataRow {}

  /** Training from files beside the step that has its images already. */
  record Train(String word, String model, int side, int batch, String precision)
      implements DataRow {}

  /** All rows. */
  List<DataRow> ALL =
      List.of(
          new Pictures("decode", PictureFiles.KINDS),
          new Pictures("draft", List.of("phone")),
          new Pictures("crop", PictureFiles.KINDS),
          new Pictures("resize", PictureFiles.KINDS),
          new Predict("predict-phone", "phone", 96, "f32", "onnxruntime-f32", "full"),
          new Predict("predict-phone-bf16", "phone", 96, "bf16", "openvino-bf16", "draft"),
          new Predict("predict-inet", "inet", 200, "f32", "onnxruntime-f32", "full"),
          new Train("train-f32", "resnet18", 128, 32, "f32"),
          new Train("train-bf16", "resnet18", 128, 32, "bf16"),
          new Train("train-resnet50-bf16", "resnet50", 224, 16, "bf16"));

  /** The row of that name. */
  static DataRow named(String word) {
    return ALL.stream()
        .filter(row -> row.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no row '" + word + "'; expected some of " + words()));
  }

  /** The names of all rows, separated by commas. */
  static String words() {
    return ALL.stream().map(DataRow::word).collect(Collectors.joining(", "));
  }

  /** All rows, or those that are named. */
  static List<DataRow> named(String[] words) {
    return words.length == 0 ? ALL : Arrays.stream(words).map(DataRow::named).toList();
  }
}
