package dev.fovea.bench;

import dev.fovea.Classifier;
import dev.fovea.ClassifierOptions;
import dev.fovea.bench.load.Pictures;
import dev.fovea.program.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The library without a server: {@code ClassifierSide MODEL PRECISION BATCH THREADS PICTURES}. A
 * step is a batch of files in memory, decoded and classified.
 */
final class ClassifierSide {
  private ClassifierSide() {}

  /** Opens the model and serves turns until the driver ends. */
  public static void main(String[] args) throws IOException {
    int batch = Integer.parseInt(args[2]);
    ClassifierOptions options =
        ClassifierOptions.standard()
            .precision(Precision.parse(args[1]))
            .batch(batch)
            .threads(Integer.parseInt(args[3]));
    List<byte[]> pictures = Pictures.of(Path.of(args[4]), Integer.MAX_VALUE);
    try (Classifier classifier = Classifier.open(Path.of(args[0]), options)) {
      Turns.serve(
          steps -> {
            List<byte[]> images =
                IntStream.range(0, steps * batch)
                    .mapToObj(i -> pictures.get(i % pictures.size()))
                    .toList();
            if (classifier.predict(images).size() != images.size()) {
              throw new BenchException("an image has no answer");
            }
          });
    }
  }
}
