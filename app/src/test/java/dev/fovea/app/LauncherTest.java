package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell script {@code fovea}, in a tree whose Maven and Java are scripts that tell of it. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class LauncherTest {
  @TempDir private Path folder;
  private Path tree;
  private Path builds;

  /** What a start wrote. */
  private record Start(int code, String out, String err) {}

  private static Path script() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isRegularFile(here.resolve("fovea"))
        ? here.resolve("fovea")
        : here.resolveSibling("fovea");
  }

  private Path put(String path, String text, boolean executable) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    if (executable) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return file;
  }

  @BeforeEach
  void makeATree() throws IOException {
    tree = folder.resolve("tree");
    builds = folder.resolve("builds");
    put("jdk/release", "JAVA_VERSION=\"17.0.1\"\n", false);
    put(
        "jdk/bin/java",
        """
        #!/bin/sh
        case "$*" in
          *ArchiveClassesAtExit*) exit 0 ;;
          *wait) echo started; read line; exit 0 ;;
        esac
        echo "LC_ALL=${LC_ALL-} LC_CTYPE=${LC_CTYPE-} LANG=${LANG-} charmap=$(locale charmap)"
        """,
        true);
    put("jdk/bin/javac", "#!/bin/sh\n", true);
    put("tree/pom.xml", "<project/>", false);
    put("tree/.mvn/jvm.config", "", false);
    put("tree/core/pom.xml", "<project/>", false);
    put("tree/server/pom.xml", "<project/>", false);
    put("tree/server/src/main/S.java", "", false);
    put("tree/app/pom.xml", "<project/>", false);
    put("tree/app/src/assembly/dist.xml", "", false);
    put("tree/core/src/main/b.java", "", false);
    put("tree/core/src/main/B_.java", "", false);
    put("tree/core/src/main/a.java", "", false);
    put("tree/app/src/main/C.java", "", false);
    put(
        "tree/mvnw",
        """
        #!/bin/sh
        echo built >>"%s"
        mkdir -p app/target/quick/dist/lib
        echo jar >app/target/quick/dist/lib/fovea.jar
        """
            .formatted(builds),
        true);
    Files.copy(script(), tree.resolve("fovea"), StandardCopyOption.COPY_ATTRIBUTES);
    age(tree);
  }

  /** Makes all sources older than any build of this test. */
  private static void age(Path root) throws IOException {
    List<Path> all;
    try (var walk = Files.walk(root)) {
      all = walk.toList();
    }
    for (Path p : all) {
      Files.setLastModifiedTime(p, FileTime.from(Instant.now().minusSeconds(3600)));
    }
  }

  private ProcessBuilder command(Path root, Map<String, String> environment, String... args) {
    List<String> command = new ArrayList<>(List.of(root.resolve("fovea").toString()));
    command.addAll(List.of(args));
    ProcessBuilder b = new ProcessBuilder(command);
    b.environment().clear();
    b.environment().put("PATH", System.getenv("PATH"));
    b.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    b.environment().putAll(environment);
    return b;
  }

  private Start start(Map<String, String> environment) throws IOException, InterruptedException {
    return start(tree, environment);
  }

  private Start start(Path root, Map<String, String> environment)
      throws IOException, InterruptedException {
    Process p = command(root, environment, "x").start();
    p.getOutputStream().close();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(p.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Start(p.exitValue(), out.strip(), err.strip());
  }

  private long builds() throws IOException {
    return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
  }

  @Test
  void itBuildsOnceWhateverTheLocale() throws Exception {
    assertThat(start(Map.of()).err).contains("about a minute, once");
    assertThat(start(Map.of("LC_ALL", "C.UTF-8")).err).isEmpty();
    assertThat(start(Map.of("LC_ALL", "en_US.UTF-8")).code).isZero();
    assertThat(start(Map.of("LANG", "C")).code).isZero();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void aChangedOrRemovedSourceIsBuiltAnew() throws Exception {
    start(Map.of());
    Files.setLastModifiedTime(
        tree.resolve("core/src/main/a.java"), FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(start(Map.of()).err).contains("sources changed");
    age(tree.resolve("core"));
    Files.delete(tree.resolve("core/src/main/a.java"));
    start(Map.of());
    assertThat(builds()).isEqualTo(3);
  }

  @Test
  void whereTheEnvironmentHasNoUtf8ALocaleForCharactersIsSet() throws Exception {
    assertThat(start(Map.of()).out).isEqualTo("LC_ALL= LC_CTYPE=C.UTF-8 LANG= charmap=UTF-8");
    assertThat(start(Map.of("LANG", "C")).out)
        .isEqualTo("LC_ALL= LC_CTYPE=C.UTF-8 LANG=C charmap=UTF-8");
    assertThat(start(Map.of("LC_CTYPE", "POSIX", "LANG", "C.UTF-8")).out)
        .isEqualTo("LC_ALL= LC_CTYPE=C.UTF-8 LANG=C.UTF-8 charmap=UTF-8");
  }

  @Test
  void whatOverridesItIsReplaced() throws Exception {
    assertThat(start(Map.of("LC_ALL", "C")).out)
        .isEqualTo("LC_ALL=C.UTF-8 LC_CTYPE= LANG= charmap=UTF-8");
    assertThat(start(Map.of("LANG", "xx_YY.UTF-8")).out)
        .isEqualTo("LC_ALL=C.UTF-8 LC_CTYPE= LANG=xx_YY.UTF-8 charmap=UTF-8");
  }

  @Test
  void aLocaleWithUtf8IsLeftAlone() throws Exception {
    assertThat(start(Map.of("LANG", "C.UTF-8")).out)
        .isEqualTo("LC_ALL= LC_CTYPE= LANG=C.UTF-8 charmap=UTF-8");
  }

  @Test
  void aCurrentBuildRunsWhereverTheTreeIsMoved() throws Exception {
    start(Map.of());
    Path moved = Files.move(tree, folder.resolve("elsewhere"));
    assertThat(start(moved, Map.of()).err).isEmpty();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void aTreeThatCannotBeWrittenRunsWhatIsBuiltAndSaysIfItIsStale() throws Exception {
    start(Map.of());
    // Root may write everywhere, so the folder is made unwritable by a mkdir that fails.
    put("bin/mkdir", "#!/bin/sh\nexit 1\n", true);
    Map<String, String> readOnly = Map.of("PATH", folder + "/bin:" + System.getenv("PATH"));
    assertThat(start(readOnly)).matches(s -> s.code == 0 && s.err.isEmpty());

    Files.setLastModifiedTime(
        tree.resolve("core/src/main/a.java"), FileTime.from(Instant.now().plusSeconds(60)));
    Start stale = start(readOnly);
    assertThat(stale.err).contains("sources changed", "running the existing build");
    assertThat(stale.code).isZero();

    Files.move(tree.resolve("app/target"), folder.resolve("target"));
    Start unbuilt = start(readOnly);
    assertThat(unbuilt.code).isEqualTo(1);
    assertThat(unbuilt.err).contains("is not built", "cannot be written", "cp -R");
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void nothingIsBuiltUnderARunningFovea() throws Exception {
    start(Map.of());
    Process running = command(tree, Map.of(), "wait").start();
    assertThat(running.getInputStream().read()).isEqualTo('s');
    Files.setLastModifiedTime(
        tree.resolve("core/src/main/a.java"), FileTime.from(Instant.now().plusSeconds(60)));

    Start beside = start(Map.of());

    assertThat(beside.err).contains("still running", "running the existing build");
    assertThat(beside.code).isZero();
    assertThat(builds()).isEqualTo(1);
    running.getOutputStream().close();
    assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
    start(Map.of());
    assertThat(builds()).isEqualTo(2);
  }
}
