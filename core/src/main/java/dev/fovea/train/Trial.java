package dev.fovea.train;

import dev.fovea.data.Batch;
import dev.fovea.data.Loader;
import dev.fovea.program.Backend;
import dev.fovea.program.StepResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A session that leaves nothing behind: its folder is a temporary one, removed at the end. */
final class Trial implements AutoCloseable {
  private final Path temporary;
  private final Session session;
  private final float[] targets;
  private int epoch;
  private Loader.@Nullable Batches batches;

  private Trial(Path temporary, Session session) {
    this.temporary = temporary;
    this.session = session;
    this.targets = new float[session.batch() * session.classes().size()];
  }

  /** Opens everything as a run would. */
  static Trial open(RunConfig config, Backend backend) {
    if (config.output().resume()) {
      throw new ConfigException("a trial starts anew; set output.resume to false");
    }
    Path temporary;
    try {
      temporary = Files.createTempDirectory("fovea-trial");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    boolean opened = false;
    try {
      String folder = temporary.resolve("run").toString();
      Trial trial =
          new Trial(
              temporary,
              Session.open(config.writing(config.output().into(folder, false)), backend));
      opened = true;
      return trial;
    } finally {
      if (!opened) {
        remove(temporary);
      }
    }
  }

  Session session() {
    return session;
  }

  /**
   * The forward and backward pass of step {@code number}, over as many batches as the recipe says,
   * epoch after epoch; moves no weights.
   *
   * @return the mean loss
   */
  double gradients(long number) {
    int parts = session.accumulate();
    double loss = 0;
    for (int part = 0; part < parts; part++) {
      try (Batch batch = next()) {
        batch.targets(session.classes().size(), targets);
        long seed = session.dropoutSeed(number * parts + part);
        StepResult result = session.program().run(batch.pixels(), targets, seed);
        session.updater().gather(part);
        loss += result.loss() / parts;
      }
    }
    return loss;
  }

  private Batch next() {
    Loader.Batches open = batches;
    if (open != null && !open.hasNext()) {
      open.close();
      epoch++;
      open = null;
    }
    if (open == null) {
      open = session.training().epoch(epoch, 0);
      batches = open;
    }
    return open.next();
  }

  @Override
  public void close() {
    if (batches != null) {
      batches.close();
    }
    session.close();
    remove(temporary);
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path p : deepestFirst) {
        Files.delete(p);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
