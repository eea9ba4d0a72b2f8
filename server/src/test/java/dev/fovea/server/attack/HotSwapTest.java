package dev.fovea.server.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model file that is replaced while it is asked. */
class HotSwapTest {
  @TempDir private Path folder;

  /**
   * Asks from several connections until told to stop; keeps every answer that is not like known
   * ones.
   */
  private static final class Load implements AutoCloseable {
    private static final int ENOUGH = 20;

    private final AtomicBoolean ends = new AtomicBoolean();
    private final Set<String> answers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger all = new AtomicInteger();
    private final ExecutorService clients = Executors.newFixedThreadPool(4);
    private final List<Future<?>> counts = new ArrayList<>();

    Load(AttackedServer server) {
      byte[] request = server.classifyRequest(SmallModel.picture(1));
      for (int i = 0; i < 4; i++) {
        counts.add(
            clients.submit(
                () -> {
                  try (Wire wire = new Wire(server.port())) {
                    while (!ends.get()) {
                      wire.send(request);
                      Wire.Reply reply = wire.reply();
                      all.incrementAndGet();
                      answers.add(reply.status() + " " + server.predictions(reply));
                    }
                  }
                  return null;
                }));
      }
    }

    /** Different answers so far, with their status. */
    Set<String> answers() {
      return Set.copyOf(answers);
    }

    /** Waits until so many different answers have come, and more than a few in all. */
    void await(int different) throws InterruptedException {
      long patience = System.nanoTime() + 15_000_000_000L;
      while (answers.size() < different || all.get() <= ENOUGH) {
        assertThat(System.nanoTime()).as("%s answers so far", answers.size()).isLessThan(patience);
        Thread.sleep(10);
      }
    }

    @Override
    public void close() throws Exception {
      ends.set(true);
      for (Future<?> count : counts) {
        count.get();
      }
      clients.shutdownNow();
    }
  }

  private static int reload(AttackedServer server) throws IOException {
    return Wire.ask(server.port(), Wire.post("/v2/repository/models/small/load", "{}")).status();
  }

  /** Damages of a file that are found on opening, on reading, and only by the answers. */
  private static List<byte[]> corrupt(byte[] good) {
    byte[] noNumbers = good.clone();
    int start = 8 + (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ByteBuffer values = ByteBuffer.wrap(noNumbers).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = start; i + 4 <= good.length; i += 4) {
      values.putFloat(i, Float.NaN);
    }
    return List.of(
        new byte[0],
        "not a model".getBytes(StandardCharsets.UTF_8),
        java.util.Arrays.copyOf(good, good.length / 2),
        java.util.Arrays.copyOf(good, good.length - 1),
        new byte[good.length],
        noNumbers);
  }

  @Test
  void aCorruptFileIsRefusedUnderLoadAndTheOldModelAnswersOn() throws Exception {
    try (AttackedServer server = AttackedServer.start(folder, o -> o.allowReload())) {
      byte[] good = Files.readAllBytes(server.file());
      try (Load load = new Load(server)) {
        for (byte[] bad : corrupt(good)) {
          replace(server.file(), bad);
          Wire.Reply reply =
              Wire.ask(server.port(), Wire.post("/v2/repository/models/small/load", "{}"));
          assertThat(reply.status()).as(reply.text()).isBetween(400, 599);
          assertThat(reply.text()).contains("\"error\"").doesNotContain(folder.toString());
          assertThat(Wire.ask(server.port(), Wire.get("/v2/models/small/ready")).status())
              .isEqualTo(200);
        }
        load.await(1);
        assertThat(load.answers()).as("answers of the old model").hasSize(1);
        assertThat(load.answers()).allMatch(a -> a.startsWith("200 "));
      }
      replace(server.file(), good);
      assertThat(reload(server)).isEqualTo(200);
      server.assertAnswers();
    }
  }

  @Test
  void aNewModelTakesOverUnderLoadWithoutAnErrorAndNothingInBetween() throws Exception {
    try (AttackedServer server = AttackedServer.start(folder, o -> o.allowReload())) {
      Path other =
          SmallModel.write(folder.resolve("other.safetensors"), AttackedServer.CLASSES, 99);
      try (Load load = new Load(server)) {
        load.await(1);
        assertThat(load.answers()).hasSize(1);
        replace(server.file(), Files.readAllBytes(other));
        assertThat(reload(server)).isEqualTo(200);
        load.await(2);
        assertThat(load.answers()).as("the old answer and the new one").hasSize(2);
        assertThat(load.answers()).allMatch(a -> a.startsWith("200 "));
      }
    }
  }

  @Test
  void aWatchedFileIsTakenWhenItIsWholeAndRefusedWhenItIsNot() throws Exception {
    try (AttackedServer server = AttackedServer.start(folder, o -> o.watch())) {
      Path other =
          SmallModel.write(folder.resolve("other.safetensors"), AttackedServer.CLASSES, 99);
      byte[] request = server.classifyRequest(SmallModel.picture(1));
      String old = server.predictions(Wire.ask(server.port(), request));
      replace(server.file(), "not a model".getBytes(StandardCharsets.UTF_8));
      String failed = "fovea_swaps_total{model=\"small\",result=\"failed\"} 1\n";
      long patience = System.nanoTime() + 15_000_000_000L;
      while (!Wire.ask(server.port(), Wire.get("/metrics")).text().contains(failed)) {
        assertThat(System.nanoTime()).as("the file has not been tried").isLessThan(patience);
        Thread.sleep(50);
      }
      assertThat(server.predictions(Wire.ask(server.port(), request))).isEqualTo(old);
      replace(server.file(), Files.readAllBytes(other));
      long end = System.nanoTime() + 15_000_000_000L;
      String now = old;
      while (now.equals(old) && System.nanoTime() < end) {
        Thread.sleep(50);
        now = server.predictions(Wire.ask(server.port(), request));
      }
      assertThat(now).as("the new model's answer").isNotEqualTo(old);
    }
  }

  private static void replace(Path file, byte[] content) throws IOException {
    Path aside = Files.write(file.resolveSibling("aside"), content);
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
