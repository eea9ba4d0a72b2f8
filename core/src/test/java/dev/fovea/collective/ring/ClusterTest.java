package dev.fovea.collective.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.collective.ring.Cluster.Machine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to ranks on several machines: processes in network namespaces. */
@Tag("cluster")
@Timeout(180)
class ClusterTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final int FOREVER = 1_000_000;
  private static final int LARGE = 1_000_000;
  private static final List<Long> DEADLINES = List.of(20_000L, 3000L, 30_000L);

  private static RingProcess.Task task(int rank, int size, int values, int steps) {
    return new RingProcess.Task(
        rank,
        Cluster.ranks(size).get(rank),
        Cluster.ranks(size),
        "the same",
        values,
        steps,
        DEADLINES);
  }

  private static RingProcess.Task within(RingProcess.Task task, long... millis) {
    List<Long> all = new ArrayList<>();
    for (long one : millis) {
      all.add(one);
    }
    return new RingProcess.Task(
        task.rank(), task.bind(), task.ranks(), task.agreement(), task.values(), task.steps(), all);
  }

  private static List<Machine> start(Cluster cluster, int size, int values, int steps) {
    List<Machine> all = new ArrayList<>();
    for (int rank = 0; rank < size; rank++) {
      all.add(cluster.start(rank, task(rank, size, values, steps), SECRET));
    }
    return all;
  }

  @Test
  void machinesOfAProcessThatWasKilledAreRemovedWithWhatRunsOnThem() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    String left = "fovea" + ended.pid() + "-0";
    Cluster.command("ip", "netns", "add", left);
    Process orphan = new ProcessBuilder("ip", "netns", "exec", left, "sleep", "600").start();
    while (Cluster.command("ip", "netns", "pids", left).isEmpty()) {
      Cluster.pause(10);
    }
    Cluster one = new Cluster(1);
    one.close();
    assertThat(Cluster.namespaces()).doesNotContain(left);
    assertThat(orphan.waitFor()).isNotZero();
  }

  @Test
  void ranksOnFourMachinesEndWithTheSameBits() {
    try (Cluster cluster = new Cluster(4)) {
      List<Machine> all = start(cluster, 4, LARGE, 5);
      String first = all.get(0).last();
      assertThat(first).startsWith("done ");
      assertThat(all).allMatch(one -> one.last().equals(first));
    }
  }

  @Test
  void aKilledRankIsNamedByAllOthers() {
    try (Cluster cluster = new Cluster(4)) {
      List<Machine> all = start(cluster, 4, LARGE, FOREVER);
      all.forEach(one -> one.until("step 3"));
      all.get(1).signal("KILL");
      for (int rank : new int[] {0, 2, 3}) {
        assertThat(all.get(rank).last())
            .startsWith("failed operation ")
            .contains("rank 1 (10.77.0.2:4000) closed the connection")
            .contains("its process ended or was killed");
      }
    }
  }

  @Test
  void aStoppedRankIsFoundByItsSilenceAndNamedByAllOthers() {
    try (Cluster cluster = new Cluster(3)) {
      List<Machine> all = start(cluster, 3, LARGE, FOREVER);
      all.forEach(one -> one.until("step 3"));
      all.get(2).signal("STOP");
      for (int rank : new int[] {0, 1}) {
        assertThat(all.get(rank).last())
            .contains("rank 2 (10.77.0.3:4000) has not answered for 3.")
            .contains("its process is stopped");
      }
      all.get(2).signal("CONT");
      assertThat(all.get(2).last()).startsWith("failed operation ");
    }
  }

  @Test
  void aCutLinkIsFoundOnBothItsSides() {
    try (Cluster cluster = new Cluster(3)) {
      List<Machine> all = start(cluster, 3, LARGE, FOREVER);
      all.forEach(one -> one.until("step 3"));
      cluster.cut(1);
      for (int rank : new int[] {0, 2}) {
        assertThat(all.get(rank).last())
            .contains("rank 1 (10.77.0.2:4000) has not answered for 3.")
            .contains("the network is cut");
      }
      assertThat(all.get(1).last()).contains("rank 2 (10.77.0.3:4000) has not answered for 3.");
    }
  }

  @Test
  void aRankThatIsDoneWaitsForASlowNeighbourToGetTheRest() {
    try (Cluster cluster = new Cluster(2)) {
      cluster.slowInto(1, "2mbit");
      List<Machine> all = new ArrayList<>();
      for (int rank = 0; rank < 2; rank++) {
        all.add(cluster.start(rank, within(task(rank, 2, LARGE, 1), 20_000, 8000, 60_000), SECRET));
      }
      String first = all.get(0).last();
      assertThat(first).startsWith("done ");
      assertThat(all.get(1).last()).isEqualTo(first);
    }
  }

  @Test
  void aSlowLinkOnlyTakesLonger() {
    try (Cluster cluster = new Cluster(3)) {
      cluster.slow(1, "16mbit");
      List<Machine> all = start(cluster, 3, LARGE, 3);
      String first = all.get(0).last();
      assertThat(first).startsWith("done ");
      assertThat(all).allMatch(one -> one.last().equals(first));
    }
  }

  @Test
  void aLinkThatIsTooSlowForTheDeadlineIsToldFromADeadOne() {
    try (Cluster cluster = new Cluster(2)) {
      cluster.slow(1, "2mbit");
      List<Machine> all = new ArrayList<>();
      for (int rank = 0; rank < 2; rank++) {
        all.add(cluster.start(rank, within(task(rank, 2, LARGE, 1), 20_000, 3000, 5000), SECRET));
      }
      for (Machine one : all) {
        assertThat(one.last())
            .contains("is alive, but has not sent all of operation 1, a sum of 1000000 values")
            .contains("the network is too slow for so many values");
      }
    }
  }

  @Test
  void strangersAndRanksOfOtherRingsDoNotDisturb() {
    try (Cluster cluster = new Cluster(4)) {
      List<Machine> all = new ArrayList<>();
      all.add(cluster.start(0, task(0, 3, LARGE, 3), SECRET));
      all.add(cluster.start(1, task(1, 3, LARGE, 3), SECRET));
      RingProcess.Task two = task(2, 3, LARGE, 3);
      RingAddress elsewhere = new RingAddress(Cluster.address(3), Cluster.PORT);
      RingProcess.Task stranger =
          new RingProcess.Task(2, elsewhere, two.ranks(), two.agreement(), LARGE, 3, DEADLINES);
      assertThat(cluster.start(3, stranger, "x".repeat(32)).last())
          .contains("rank 0 (10.77.0.1:4000) has another secret than this rank");
      RingProcess.Task disagrees =
          new RingProcess.Task(2, elsewhere, two.ranks(), "other", LARGE, 3, DEADLINES);
      assertThat(cluster.start(3, disagrees, SECRET).last())
          .contains("rank 0 (10.77.0.1:4000) runs with other settings, data or version");
      all.add(cluster.start(2, two, SECRET));
      String first = all.get(0).last();
      assertThat(first).startsWith("done ");
      assertThat(all).allMatch(one -> one.last().equals(first));
      assertThat(all.get(0).lines())
          .anyMatch(line -> line.contains("10.77.0.4") && line.contains("does not know the secret"))
          .anyMatch(
              line -> line.contains("10.77.0.4") && line.contains("it knows the secret, but"));
    }
  }

  @Test
  void aRankOfARingOfAnotherSizeIsRefusedAndTheRingGoesOn() {
    try (Cluster cluster = new Cluster(3)) {
      Machine zero = cluster.start(0, within(task(0, 2, LARGE, 1), 60_000, 3000, 30_000), SECRET);
      RingProcess.Task ofThree = task(1, 3, LARGE, 1);
      assertThat(
              cluster
                  .start(
                      2,
                      new RingProcess.Task(
                          2,
                          new RingAddress(Cluster.address(2), Cluster.PORT),
                          ofThree.ranks(),
                          "the same",
                          LARGE,
                          1,
                          DEADLINES),
                      SECRET)
                  .last())
          .contains("rank 0 (10.77.0.1:4000) belongs to a ring of 2 ranks, this rank to one of 3");
      Machine one = cluster.start(1, task(1, 2, LARGE, FOREVER), SECRET);
      one.until("joined");
      assertThat(zero.last()).startsWith("done ");
      assertThat(one.last()).contains("rank 0 (10.77.0.1:4000) left the ring before operation 2");
    }
  }

  @Test
  void aRankListensAtItsOwnAddressOnlyAndOnlyUntilTheRingIsComplete() {
    try (Cluster cluster = new Cluster(2)) {
      Machine zero = cluster.start(0, task(0, 2, LARGE, FOREVER), SECRET);
      long end = System.nanoTime() + 15_000_000_000L;
      while (!cluster.answers(0, Cluster.address(0)) && System.nanoTime() < end) {
        Cluster.pause(50);
      }
      assertThat(cluster.answers(0, Cluster.address(0))).isTrue();
      assertThat(cluster.answers(0, "127.0.0.1")).isFalse();
      Machine one = cluster.start(1, task(1, 2, LARGE, FOREVER), SECRET);
      one.until("step 1");
      zero.until("step 1");
      assertThat(cluster.answers(0, Cluster.address(0))).isFalse();
    }
  }
}
