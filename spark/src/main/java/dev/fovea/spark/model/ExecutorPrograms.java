package dev.fovea.spark.model;

import dev.fovea.Classifier;
import dev.fovea.SharedCores;
import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkFiles;
import org.jspecify.annotations.Nullable;

/**
 * The programs of an executor: one for each model, by the SHA-256 of its file, and options. All
 * tasks of the executor share it, so that their images are computed together; programs of different
 * models take turns on the cores. One that no task has used for a while is closed, and its memory
 * is free for others. Safe for any number of threads.
 */
public final class ExecutorPrograms {
  /** Longer than from the end of a stage's task to the start of the next job's. */
  private static final Duration IDLE = Duration.ofMinutes(1);

  private static final ExecutorPrograms OF_THIS_PROCESS = new ExecutorPrograms(IDLE);

  private final Duration idle;
  private final SharedCores cores = new SharedCores();
  private final Map<Key, Program> programs = new HashMap<>();
  private @Nullable ScheduledThreadPoolExecutor closer;

  private record Key(String sha256, ProgramOptions options) {}

  /** A model that is open, or will be when its lock is free. */
  private static final class Program {
    private @Nullable Classifier classifier;
    private int users;
    private long left;

    /** Opens it unless it is open; other tasks wait for it meanwhile. */
    synchronized Classifier open(BroadcastModel model, ProgramOptions options, SharedCores cores) {
      Classifier open = classifier;
      if (open != null && !open.isAnswering()) {
        open.close();
        open = null;
      }
      if (open == null) {
        open = opened(model, options, cores);
        classifier = open;
      }
      return open;
    }

    synchronized void close() {
      if (classifier != null) {
        classifier.close();
      }
    }
  }

  ExecutorPrograms(Duration idle) {
    this.idle = idle;
  }

  /** Those of this process. */
  public static ExecutorPrograms ofThisProcess() {
    return OF_THIS_PROCESS;
  }

  /** A program in use; closing it ends the use. */
  public final class Lease implements AutoCloseable {
    private final Program program;
    private final Classifier classifier;
    private boolean ended;

    private Lease(Program program, Classifier classifier) {
      this.program = program;
      this.classifier = classifier;
    }

    /** What answers, until the lease is closed; nobody else closes it. */
    public Classifier classifier() {
      return classifier;
    }

    @Override
    public void close() {
      synchronized (programs) {
        if (!ended) {
          ended = true;
          leave(program);
        }
      }
    }
  }

  /**
   * Uses the program of a model, which is opened by the first who does; the caller closes the
   * lease.
   *
   * @throws CheckpointException if the model cannot be opened
   * @throws dev.fovea.program.ProgramException if there is not enough memory outside the heap
   */
  public Lease use(BroadcastModel model, ProgramOptions options) {
    Program program;
    synchronized (programs) {
      program = programs.computeIfAbsent(new Key(model.sha256(), options), k -> new Program());
      program.users++;
      startCloser();
    }
    boolean used = false;
    try {
      Lease lease = new Lease(program, program.open(model, options, cores));
      used = true;
      return lease;
    } finally {
      if (!used) {
        synchronized (programs) {
          leave(program);
        }
      }
    }
  }

  /** How many are open or being opened. */
  int size() {
    synchronized (programs) {
      return programs.size();
    }
  }

  private static void leave(Program program) {
    program.users--;
    program.left = System.nanoTime();
  }

  private void startCloser() {
    if (closer == null) {
      ScheduledThreadPoolExecutor started =
          new ScheduledThreadPoolExecutor(
              1,
              task -> {
                Thread thread = new Thread(task, "fovea-idle-programs");
                thread.setDaemon(true);
                return thread;
              });
      long period = Math.max(1, idle.toMillis() / 4);
      var unused =
          started.scheduleWithFixedDelay(this::closeIdle, period, period, TimeUnit.MILLISECONDS);
      closer = started;
    }
  }

  /** Closes what nobody has used for a while; its own thread does so from time to time. */
  void closeIdle() {
    List<Program> over = new ArrayList<>();
    synchronized (programs) {
      long now = System.nanoTime();
      programs
          .values()
          .removeIf(
              p -> {
                boolean isOver = p.users == 0 && now - p.left >= idle.toNanos();
                if (isOver) {
                  over.add(p);
                }
                return isOver;
              });
      ScheduledThreadPoolExecutor running = closer;
      if (programs.isEmpty() && running != null) {
        running.shutdown();
        closer = null;
      }
    }
    over.forEach(ExecutorPrograms::close);
  }

  // An exception would end the thread's schedule, and what comes after would stay open.
  private static void close(Program program) {
    try {
      program.close();
    } catch (RuntimeException e) {
      System.getLogger(ExecutorPrograms.class.getName())
          .log(System.Logger.Level.WARNING, "a program could not be closed", e);
    }
  }

  private static Classifier opened(
      BroadcastModel model, ProgramOptions options, SharedCores cores) {
    Path file = Path.of("");
    try {
      // Spark removes this folder with the executor, should the process end before the file does.
      file = Files.createTempFile(Path.of(SparkFiles.getRootDirectory()), "fovea-", ".safetensors");
      model.writeTo(file);
      return Classifier.open(file, options.classifier(cores));
    } catch (IOException e) {
      throw new CheckpointException(
          "the executor cannot write the model "
              + model.name()
              + " to "
              + file
              + ": "
              + IoReason.of(e)
              + "; spark.local.dir must have room for it",
          e);
    } finally {
      delete(file);
    }
  }

  private static void delete(Path file) {
    try {
      if (!file.toString().isEmpty()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.getLogger(ExecutorPrograms.class.getName())
          .log(System.Logger.Level.WARNING, "the temporary file {0} is left: {1}", file, e);
    }
  }
}
