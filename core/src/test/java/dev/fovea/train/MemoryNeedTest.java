package dev.fovea.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ProgramException;
import dev.fovea.program.SystemMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryNeedTest {
  private static final long MIB = 1L << 20;
  private static final MemoryNeed NEED =
      new MemoryNeed(
          "net in F32", 1, 100, 10 * MIB, 500 * MIB, 200 * MIB, 300 * MIB, Memory.NORMAL);

  @TempDir private Path root = Path.of("");

  private SystemMemory allowing(long mebibytes) throws IOException {
    Files.createDirectories(root.resolve("proc/self"));
    Files.createDirectories(root.resolve("sys/fs/cgroup/a"));
    Files.writeString(root.resolve("proc/meminfo"), "MemTotal: 100000000 kB\n");
    Files.writeString(root.resolve("proc/self/cgroup"), "0::/a/b\n");
    Files.writeString(root.resolve("sys/fs/cgroup/a/memory.max"), mebibytes * MIB + "\n");
    return new SystemMemory(root);
  }

  @Test
  void whatIsNeededIsTheSumOfAllParts() {
    assertThat(NEED.bytes()).isEqualTo(1700 * MIB + MemoryNeed.JAVA);
  }

  @Test
  void moreThanAllowedIsRefusedWithWhatWouldFit() throws IOException {
    SystemMemory system = allowing(1460);
    // 1460 without 500, 200 and Java's own 160 leave 60 images of 10.
    assertThatThrownBy(() -> NEED.check(system))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("net in F32 with learning.batch 100 needs 1.82 GiB")
        .hasMessageContaining("the control group of this process allows 1.43 GiB")
        .hasMessageContaining("Set learning.batch to 60 or less, or set engine.memory to low");
    MemoryNeed fitting =
        new MemoryNeed("net", 1, 60, 10 * MIB, 500 * MIB, 200 * MIB, 200 * MIB, Memory.NORMAL);
    assertThat(fitting.check(system)).isPresent();
    SystemMemory tiny = allowing(800);
    assertThatThrownBy(() -> NEED.check(tiny))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("Not even one image fits");
  }

  @Test
  void onSeveralRanksTheBatchIsThatOfAll() throws IOException {
    MemoryNeed eachOfFour =
        new MemoryNeed("net", 4, 100, 10 * MIB, 500 * MIB, 200 * MIB, 200 * MIB, Memory.LOW);
    SystemMemory system = allowing(1460);
    assertThatThrownBy(() -> eachOfFour.check(system))
        .hasMessageContaining("net with learning.batch 400, 100 on each of 4 ranks, needs 1.82 GiB")
        .hasMessageContaining("Set learning.batch to 240 or less")
        .hasMessageContaining("engine.eval_batch");
  }

  @Test
  void whatIsCloseIsSaid() throws IOException {
    assertThat(NEED.check(allowing(1900)).orElseThrow())
        .contains("memory may run short", "the Java heap may grow to 300 MiB (-Xmx limits it)");
    assertThat(NEED.check(allowing(2000)).orElseThrow())
        .contains("memory may run short")
        .doesNotContain("-Xmx");
    assertThat(NEED.check(allowing(4000))).isEmpty();
    assertThat(NEED.check(new SystemMemory(root.resolve("nowhere")))).isEmpty();
  }

  @Test
  void aRunThatDoesNotFitIsRefusedBeforeItsFirstStep(@TempDir Path temp) throws IOException {
    RunConfig resolved = TrainingSetup.resolve(TinyRun.in(temp), new OneDnnBackend());
    SystemMemory system = allowing(150);
    assertThatThrownBy(
            () ->
                PreparedRun.open(
                    resolved,
                    new OneDnnBackend(),
                    Additions.NONE,
                    Position.START,
                    Ranks.alone(),
                    system))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("training resnet20")
        .hasMessageContaining("allows 150 MiB");
    RunConfig growing =
        TrainingSetup.resolve(
            TinyRun.in(temp).with("network.progressive", "4:50%"), new OneDnnBackend());
    assertThatThrownBy(
            () ->
                PreparedRun.open(
                    growing,
                    new OneDnnBackend(),
                    Additions.NONE,
                    Position.START,
                    Ranks.alone(),
                    system))
        .isInstanceOf(ProgramException.class);
  }

  @Test
  void everyPartOfARealRunIsCounted(@TempDir Path temp) {
    RunConfig small = TinyRun.in(temp);
    RunConfig large = small.with("learning.batch", "32");
    RunConfig apart = small.with("engine.eval_batch", "40");
    MemoryNeed one = need(small);
    MemoryNeed two = need(large);
    assertThat(one.fixed()).isGreaterThan(4L * 4 * 270_000);
    assertThat(two.fixed()).isEqualTo(one.fixed());
    assertThat(two.perImage() / one.perImage()).isBetween(0.7, 1.1);
    assertThat(need(apart).perImage()).isLessThan(one.perImage());
    assertThat(need(apart).fixed()).isGreaterThan(one.fixed());
    assertThat(one.heap()).isBetween(96 * MIB, one.heapLimit());
  }

  private static MemoryNeed need(RunConfig config) {
    try (ScratchRun run = ScratchRun.open(config, new OneDnnBackend())) {
      return MemoryNeed.of(run.setup(), run.phase());
    }
  }
}
