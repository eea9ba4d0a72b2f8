package dev.fovea.examples;

import dev.fovea.Explainer;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.explanation.HeatMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Says where a picture shows what it shows, and keeps the map: {@code Explain MODEL PICTURE
 * MAP.npy}.
 */
public final class Explain {
  private Explain() {}

  /** Runs the program. */
  public static void main(String[] args) throws IOException {
    try (Explainer explainer = Explainer.open(Path.of(args[0]))) {
      Explanation why =
          explainer.explain(
              Path.of(args[1]), explainer.method("grad-cam"), new ExplanationTarget.Best());
      HeatMap map = why.map();
      int strongest = 0;
      for (int i = 0; i < map.values().length; i++) {
        strongest = map.values()[i] > map.values()[strongest] ? i : strongest;
      }
      System.out.println(
          why.prediction().best()
              + ", most of it at column "
              + strongest % map.width()
              + ", row "
              + strongest / map.width()
              + " of "
              + map.width()
              + "x"
              + map.height());
      if (!why.remark().isEmpty()) {
        System.out.println(why.remark());
      }
      Files.write(Path.of(args[2]), map.npy());
    }
  }
}
