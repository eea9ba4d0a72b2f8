package dev.fovea.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.bench.net.Networks;
import dev.fovea.bench.python.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a side in Python is started, with a shell script in place of Python. */
class PythonSideTest {
  private static final Comparison.Run RUN =
      new Comparison.Run("resnet20", 16, Mode.INFER, "bf16", "auto", 1);

  /** Stands for bin/python: keeps its arguments, and speaks the protocol. */
  private static final String FAKE =
      """
      #!/bin/sh
      echo "$@" >"$(dirname "$0")/arguments"
      test -r "$4" || exit 3
      echo "ready $$"
      while read -r order steps; do
        test "$order" = go || exit 0
        echo "seconds 0.5$steps"
      done
      """;

  @TempDir private Path folder;
  private Path scripts;

  @BeforeEach
  void placeScripts() throws IOException {
    scripts = Files.createDirectory(folder.resolve("scripts"));
    Files.writeString(scripts.resolve("peers.py"), "");
  }

  @Test
  void aPeerInPythonGetsItsFrameworkAndTheNetworksFileAndTakesTurns() throws IOException {
    Path environment = environment();
    Commands commands =
        new Commands("normal", 3, PythonEnvironment.in(environment.toString(), scripts));
    Path written;
    try (NetworkFiles files =
        new NetworkFiles(Networks.named("resnet20").orElseThrow(), Mode.INFER, 16, 1)) {
      for (String name : List.of("pytorch-compiled-bf16", "openvino-f32")) {
        Peer peer = peer(name);
        String file = files.word(peer.network());
        List<String> command = commands.peer(peer, RUN, file);
        try (Side side = SideProcess.start(name, command, Map.of())) {
          assertThat(side.run(7)).isEqualTo(0.57);
          side.rest();
        }
        String framework = name.replaceAll("-[^-]*$", "");
        String precision = name.replaceAll(".*-", "");
        assertThat(Files.readString(environment.resolve("bin/arguments")).strip())
            .isEqualTo(
                String.join(
                    " ",
                    scripts.resolve("peers.py").toString(),
                    framework,
                    "infer",
                    file,
                    "16",
                    "3",
                    precision));
      }
      written = Path.of(files.word(Peer.Form.ONNX)).getParent();
      assertThat(written).isDirectory();
    }
    assertThat(written).doesNotExist();
  }

  @Test
  void withoutAnEnvironmentTheMessageSaysHowToMakeOne() {
    assertThatThrownBy(() -> PythonEnvironment.in(null, scripts))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("no Python environment is given")
        .hasMessageContaining("python3 -m venv DIR && DIR/bin/pip install -r " + scripts)
        .hasMessageContaining("--python DIR");
  }

  @Test
  void aFolderThatIsNoEnvironmentIsNamed() {
    assertThatThrownBy(() -> PythonEnvironment.in(folder.toString(), scripts))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("there is no program " + folder.resolve("bin/python"))
        .hasMessageContaining("python3 -m venv " + folder);
  }

  @Test
  void aMissingScriptIsNamed() {
    assertThatThrownBy(() -> PythonEnvironment.in(folder.toString(), folder))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("there is no " + folder.resolve("peers.py"));
  }

  private Path environment() throws IOException {
    Path python = Files.createDirectories(folder.resolve("environment/bin")).resolve("python");
    Files.writeString(python, FAKE);
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    return folder.resolve("environment");
  }

  private static Peer peer(String name) {
    return Peer.ALL.stream().filter(peer -> peer.name().equals(name)).findFirst().orElseThrow();
  }
}
