package dev.fovea.server.model;

import static java.lang.System.Logger.Level.WARNING;

import dev.fovea.data.source.Interruption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Looks at the files of models now and then, and replaces a model when its file has changed and
 * then stayed the same from one look to the next. A file that cannot be used is tried once, until
 * it changes again.
 */
final class FileWatch implements AutoCloseable {
  private final List<ServedModel> models;
  private final Map<ServedModel, FileStamp> seen = new HashMap<>();
  private final Map<ServedModel, FileStamp> refused = new HashMap<>();
  private final Thread thread;
  private boolean closed;

  private FileWatch(List<ServedModel> models, Duration between) {
    this.models = models;
    this.thread = new Thread(() -> watch(between), "fovea-watch");
    thread.setDaemon(true);
  }

  /** Looks again and again, with this time between. */
  static FileWatch start(List<ServedModel> models, Duration between) {
    FileWatch watch = new FileWatch(models, between);
    watch.thread.start();
    return watch;
  }

  /** Looks only when it is told to. */
  static FileWatch byHand(List<ServedModel> models) {
    return new FileWatch(models, Duration.ZERO);
  }

  private void watch(Duration between) {
    while (waited(between)) {
      try {
        look();
      } catch (RuntimeException e) {
        System.getLogger(FileWatch.class.getName())
            .log(WARNING, "looking at the files of models failed: {0}", e.toString());
      }
    }
  }

  private synchronized boolean waited(Duration between) {
    long end = System.nanoTime() + between.toNanos();
    try {
      for (long left = between.toNanos(); !closed && left > 0; left = end - System.nanoTime()) {
        wait(Math.max(1, left / 1_000_000));
      }
    } catch (InterruptedException e) {
      closed = true;
    }
    return !closed;
  }

  /** Looks once at every file, and replaces those models whose file is ready for it. */
  void look() {
    for (ServedModel model : models) {
      Optional<FileStamp> now = FileStamp.of(model.file());
      if (now.isEmpty() || now.get().equals(model.stamp())) {
        seen.remove(model);
      } else if (!now.get().equals(refused.get(model)) && now.get().equals(seen.get(model))) {
        replace(model, now.get());
      } else {
        seen.put(model, now.get());
      }
    }
  }

  private void replace(ServedModel model, FileStamp stamp) {
    seen.remove(model);
    try {
      String unused = model.reload();
      refused.remove(model);
    } catch (SwapException e) {
      // It was logged and counted where it happened.
      refused.put(model, stamp);
    }
  }

  /** Ends the looking; a replacement that has begun is finished first. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    Interruption.join(thread);
  }
}
