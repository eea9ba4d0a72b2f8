package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.onednn.OneDnnBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run without files needs no place for any. */
class ScratchRunTest {

  /**
   * Makes each kind of scratch run; {@code args} are a model, the average's file, and no folder.
   */
  public static final class Child {
    private Child() {}

    /** Fails if one of them needs a temporary folder. */
    public static void main(String[] args) {
      OneDnnBackend backend = new OneDnnBackend();
      RunConfig config = TinyRun.in(Path.of(args[2]));
      DryRun.of(config, backend);
      RangeTest.run(config, backend, new RangeTest.Range(1e-4, 1, 10), p -> {}, () -> false);
      Path model = Path.of(args[0]);
      CheckpointAverage.write(List.of(model, model), Path.of(args[1]), "", 2, Optional.empty(), backend);
    }
  }

  @Test
  void noneOfThemWritesAnywhereNorAsksTheSystemsTemporaryFolder(@TempDir Path temp)
      throws IOException, InterruptedException {
    TinyRun.run(TinyRun.in(temp.resolve("run")).with("learning.length", "1steps"));
    Path model = new RunFolder(temp.resolve("run")).model();
    Path working = Files.createDirectory(temp.resolve("working"));
    Path out = temp.resolve("mean.safetensors");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Djava.io.tmpdir=" + temp.resolve("missing"),
                "-Dfovea.test.threads=" + TinyRun.THREADS,
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                model.toString(),
                out.toString(),
                temp.resolve("no run").toString())
            .directory(working.toFile())
            .inheritIO()
            .start();
    assertThat(child.waitFor()).isZero();
    assertThat(out).exists();
    assertThat(working).isEmptyDirectory();
    try (Stream<Path> left = Files.list(temp)) {
      assertThat(left.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("run", "working", "mean.safetensors");
    }
  }
}
