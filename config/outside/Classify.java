import dev.fovea.eval.Classifier;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.*;
import java.nio.file.Path;
public final class Classify {
  public static void main(String[] args) throws Exception {
    try (Classifier c = Classifier.open(Path.of(args[0]), new OneDnnBackend(), new CompileOptions(1, Precision.F32, CompileOptions.Memory.NORMAL, 2))) {
      System.out.println(c.predict(Path.of(args[1])));
    }
  }
}
