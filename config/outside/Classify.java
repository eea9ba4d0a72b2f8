import dev.fovea.Classifier;
import java.nio.file.Path;

/** What a program of somebody else's does: classifies one image with one model file. */
public final class Classify {
  private Classify() {}

  public static void main(String[] args) {
    try (Classifier classifier = Classifier.open(Path.of(args[0]))) {
      System.out.println(classifier.predict(Path.of(args[1])).best());
    }
  }
}
