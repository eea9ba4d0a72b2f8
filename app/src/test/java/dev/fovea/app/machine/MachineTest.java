package dev.fovea.app.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class MachineTest {
  @TempDir private Path root;

  private void file(String name, String text) throws IOException {
    Path f = root.resolve(name);
    Files.createDirectories(f.getParent());
    Files.writeString(f, text);
  }

  @Test
  void aSystemThatTellsNothingIsNoError() {
    Machine m = new Machine(root);
    assertThat(m.processor()).isEqualTo("unknown");
    assertThat(m.instructionSets()).isEmpty();
    assertThat(m.memory().total()).isEmpty();
    assertThat(m.memory().limit()).isEmpty();
    assertThat(m.cLibrary()).isEqualTo("unknown");
    assertThat(m.allowsExecution(root)).isTrue();
  }

  @Test
  void theProcessorAndItsInstructionSetsAreRead() throws IOException {
    file(
        "proc/cpuinfo",
        """
        processor	: 0
        model name	: Zen 5
        flags		: fpu avx2 avx512f avx512_bf16
        processor	: 1
        """);
    Machine m = new Machine(root);
    assertThat(m.processor()).isEqualTo("Zen 5");
    assertThat(m.instructionSets()).containsExactly("avx2", "avx512f", "avx512_bf16");
    assertThat(m.processors()).isEqualTo(2);
  }

  @Test
  void theSmallestLimitOfAllEnclosingControlGroupsCounts() throws IOException {
    file("proc/self/cgroup", "0::/outer/inner\n");
    file("sys/fs/cgroup/outer/inner/memory.max", "max\n");
    file("sys/fs/cgroup/outer/memory.max", "2000000000\n");
    assertThat(new Machine(root).memory().limit()).hasValue(2_000_000_000L);
  }

  @Test
  void theFirstVersionOfControlGroupsIsReadToo() throws IOException {
    file("proc/self/cgroup", "11:cpu:/x\n4:memory:/docker\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "1000000\n");
    assertThat(new Machine(root).memory().limit()).hasValue(1_000_000L);
  }

  @Test
  void theInnermostMountDecidesWhetherFilesCanBeRun() throws IOException {
    file(
        "proc/mounts",
        "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw,noexec 0 0\ntmpfs /tmp/run tmpfs rw 0 0\n");
    Machine m = new Machine(root);
    assertThat(m.allowsExecution(Path.of("/home"))).isTrue();
    assertThat(m.allowsExecution(Path.of("/tmp/x"))).isFalse();
    assertThat(m.allowsExecution(Path.of("/tmp/run/x"))).isTrue();
  }

  @Test
  void eachObstacleHasTheLineThatHelps() throws IOException {
    file("proc/mounts", "/dev/a / ext4 rw,noexec 0 0\n");
    file("proc/self/maps", "7f00 r-xp 0 0 0 /lib/ld-musl-x86_64.so.1\n");
    Diagnosis d = new Diagnosis(new Machine(root), "Linux", "aarch64");
    assertThat(d.of(root, null)).isEmpty();
    assertThat(d.of(root, "no luck"))
        .hasSize(4)
        .satisfies(l -> assertThat(l.get(0)).contains("x86_64", "aarch64"))
        .satisfies(l -> assertThat(l.get(1)).contains("musl", "glibc"))
        .satisfies(l -> assertThat(l.get(2)).contains("noexec", "cachedir"))
        .satisfies(l -> assertThat(l.get(3)).isEqualTo("the loader said: no luck"));
  }

  @Test
  void anUnexplainedFailureStillShowsWhatTheLoaderSaid() throws IOException {
    file("proc/mounts", "/dev/a / ext4 rw 0 0\n");
    assertThat(
            new Diagnosis(new Machine(root), "Linux", "x86_64")
                .of(root.resolve("new/cache"), "why"))
        .containsExactly("the loader said: why");
  }
}
