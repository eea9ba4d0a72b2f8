package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What {@code fovea serve} refuses before it listens; how it answers is tested in module server.
 */
class ServeCommandTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void write() throws IOException {
    // Opened only after everything else has been found to be right.
    model = Files.writeString(folder.resolve("model.safetensors"), "no model");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--host 0.0.0.0 | gives --token-file FILE | lets other machines in",
        "--port 70000 | 0 to 65535 | --port is 70000",
        "--timeout 0 | seconds | --timeout is 0.0",
        "--drain -1 | seconds | --drain is -1.0",
        "--max-body 0 | megabytes | --max-body is 0",
        "--max-body 4096 | megabytes | --max-body is 4096",
        "--queue 0 | at least 1 | --queue is 0",
        "--cache -1 | 0 or more | --cache is -1",
        "--threads -2 | all cores | --threads is -2",
        "--keystore keys.p12 | need each other | --keystore-password-file",
        "--allow-origin nonsense | https://example.org | nonsense",
      })
  void impossibleOptionsAreWrongUsage(String options, String advice, String problem) {
    CommandLineRun run = run(options.split(" "));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(advice.replace("gives", "give"), problem);
    assertThat(run.err().lines()).hasSize(1);
  }

  private static CommandLineRun run(String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "serve";
    all[1] = model.toString();
    System.arraycopy(options, 0, all, 2, options.length);
    return CommandLineRun.of(all);
  }

  @Test
  void aPortInUseIsSaidBeforeTheModelIsOpened() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      CommandLineRun run = run("--port", "" + taken.getLocalPort());
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err())
          .contains("cannot listen at 127.0.0.1:" + taken.getLocalPort(), "--port (server.port)");
    }
  }

  @Test
  void aFileThatIsNoModelIsNamed() {
    CommandLineRun run = run("--port", "0");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("model.safetensors");
  }

  @Test
  void aModelThatIsNotThereIsNamed() {
    CommandLineRun run = CommandLineRun.of("serve", "pets=" + folder.resolve("none"));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("none: no such model file");
  }

  @Test
  void twoModelsWithOneNameAreRefusedInALine() throws IOException {
    Files.createDirectories(folder.resolve("other"));
    Path other = Files.copy(model, folder.resolve("other").resolve(model.getFileName()));
    CommandLineRun run = run(other.toString());
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("two models are called 'model'", other.toString(), "NAME=PATH")
        .doesNotContain("bug");
  }

  @Test
  void aTokenIsLongAndASecret() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "short\n");
    assertThat(run("--token-file", token.toString()).err()).contains("at least 16");
    Files.writeString(token, "0123456789abcdef0123\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
    CommandLineRun open = run("--port", "0", "--token-file", token.toString());
    assertThat(open.err())
        .contains("other users of this machine can read")
        .doesNotContain("0123456789");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    assertThat(run("--port", "0", "--token-file", token.toString()).err())
        .doesNotContain("other users");
  }
}
