package dev.fovea.train;

import dev.fovea.checkpoint.ModelCard;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.PreprocessingStyle;
import dev.fovea.data.image.PreprocessingText;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Derives settings from the model file whose weights a run starts from. */
public final class InitialModel {
  private InitialModel() {}

  /**
   * Returns {@code config} with network, image size and preprocessing of the model file in {@code
   * network.init}.
   *
   * @param given keys that were set explicitly and are kept, for example {@code network.model},
   *     which also determines the image size
   * @throws dev.fovea.checkpoint.CheckpointException if the file is not a model file
   */
  public static RunConfig apply(RunConfig config, Set<String> given) {
    ModelCard card;
    try (ModelFile file = ModelFile.open(Path.of(config.network().init()))) {
      file.requireFullPrecision("training starts from");
      card = file.card();
    }
    RunConfig c = config;
    if (!given.contains("network.model")) {
      c = c.with("network.model", card.network());
      if (!given.contains("network.input")) {
        c = c.with("network.input", Integer.toString(card.input().dim(1)));
      }
    }
    boolean sameChannels = TrainingSetup.input(c.network()).dim(0) == card.input().dim(0);
    return given.contains("data.preprocess") || !sameChannels
        ? c
        : c.with("data.preprocess", text(card, TrainingSetup.input(c.network())));
  }

  /** Returns the name of the file's preprocessing style if it has one, else all of its values. */
  private static String text(ModelCard card, Shape input) {
    Preprocessing file = card.preprocessing();
    List<String> words = new ArrayList<>(List.of("auto", "native"));
    if (file.channels() == 3) {
      words.addAll(PreprocessingStyle.names());
    }
    for (String word : words) {
      if (Augmentation.preprocessing(word, card.input()).equals(file)) {
        return word;
      }
    }
    double scale = (double) input.dim(1) / card.input().dim(1);
    String resize = Long.toString(Math.round(file.resizeShorter() * scale));
    return PreprocessingText.of(PreprocessingText.changed(file, Map.of("resize", resize)));
  }
}
