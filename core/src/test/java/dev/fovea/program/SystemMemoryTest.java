package dev.fovea.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemMemoryTest {
  @TempDir private Path root = Path.of("");

  private void file(String name, String text) throws IOException {
    Path f = root.resolve(name);
    Files.createDirectories(f.getParent());
    Files.writeString(f, text);
  }

  private SystemMemory memory() {
    return new SystemMemory(root);
  }

  @Test
  void aSystemThatTellsNothingLimitsNothing() {
    assertThat(memory().total()).isEmpty();
    assertThat(memory().limit()).isEmpty();
    assertThat(memory().allowed()).isEmpty();
    assertThat(memory().available()).isEmpty();
    assertThat(SystemMemory.here().total()).isPresent();
  }

  @Test
  void withoutControlGroupsTheMachineDecides() throws IOException {
    file("proc/meminfo", "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n");
    file("proc/self/cgroup", "0::/\n");
    assertThat(memory().limit()).isEmpty();
    assertThat(memory().allowed()).hasValue(1_024_000);
    assertThat(memory().available()).hasValue(409_600);
  }

  @Test
  void theTightestOfAllGroupsCountsAndCachedFilesAreFree() throws IOException {
    file("proc/meminfo", "MemTotal:  10000000 kB\nMemAvailable:  9000000 kB\n");
    file("proc/self/cgroup", "0::/user/job/step\n");
    file("sys/fs/cgroup/user/job/step/memory.max", "max\n");
    file("sys/fs/cgroup/user/job/memory.max", "2000000000\n");
    file("sys/fs/cgroup/user/job/memory.current", "1900000000\n");
    file(
        "sys/fs/cgroup/user/job/memory.stat",
        "anon 300000000\nfile 1600000000\ninactive_file 1000000000\nactive_file 500000000\n");
    file("sys/fs/cgroup/user/memory.max", "3000000000\n");
    file("sys/fs/cgroup/user/memory.current", "2900000000\n");
    assertThat(memory().limit()).hasValue(2_000_000_000L);
    assertThat(memory().allowed()).hasValue(2_000_000_000L);
    // 1.6 of the inner group, but 0.1 of the group around it, where somebody else is.
    assertThat(memory().available()).hasValue(100_000_000L);
  }

  @Test
  void aLimitAboveTheMachinesMemoryIsNone() throws IOException {
    file("proc/meminfo", "MemTotal:  1000 kB\nMemAvailable:  400 kB\n");
    file("proc/self/cgroup", "0::/\n");
    file("sys/fs/cgroup/memory.max", "2000000000\n");
    assertThat(memory().allowed()).hasValue(1_024_000);
  }

  @Test
  void theFirstVersionIsReadToo() throws IOException {
    file("proc/self/cgroup", "11:cpu:/x\n4:cpuset,memory:/docker/abc\n0::/elsewhere\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "1000000\n");
    file("sys/fs/cgroup/memory/docker/memory.usage_in_bytes", "700000\n");
    file(
        "sys/fs/cgroup/memory/docker/memory.stat",
        "cache 5\ntotal_inactive_file 100000\ntotal_active_file 200000\n");
    assertThat(memory().limit()).hasValue(1_000_000L);
    assertThat(memory().available()).hasValue(600_000L);
  }

  @Test
  void theFirstVersionKnowsOfGroupsAroundAContainer() throws IOException {
    // The path is the host's; within the container only its own group is mounted, as the root.
    file("proc/self/cgroup", "4:memory:/slice/docker/abc\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("sys/fs/cgroup/memory/memory.stat", "hierarchical_memory_limit 5000000\n");
    assertThat(memory().limit()).hasValue(5_000_000L);
  }
}
