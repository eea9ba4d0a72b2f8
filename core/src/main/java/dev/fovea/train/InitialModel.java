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

/** The settings that follow from the model file whose weights a run starts from. */
public final class InitialModel {
  private InitialModel() {}

  /**
   * {@code config} with network, image size and preprocessing of the file that {@code network.init}
   * names.
   *
   * @param given keys that stay as they are, for example {@code network.model}, which decides the
   *     image size too
   * @throws dev.fovea.checkpoint.CheckpointException if the file is no model
   */
  public static RunConfig apply(RunConfig config, Set<String> given) {
    ModelCard card;
    try (ModelFile file = ModelFile.open(Path.of(config.network().init()))) {
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

  /** The word for the file's preprocessing if there is one, else all of its figures. */
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
