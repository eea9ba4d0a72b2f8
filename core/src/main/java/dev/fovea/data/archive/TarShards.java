package dev.fovea.data.archive;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The images of one or many uncompressed tar archives, read in place by their numbers in an {@link
 * ImageIndex}. Safe for any number of threads.
 *
 * <p>Implementation note: archives are opened when they are first read. The first 512 stay open;
 * with more, which could exceed the number of files that a process may open, the others are opened
 * for each read.
 */
public final class TarShards implements AutoCloseable {
  private static final int MOST_OPEN = 512;

  private final String description;
  private final Path folder;
  private final ImageIndex index;
  private final AtomicReferenceArray<@Nullable FileChannel> channels;
  private int open;
  private volatile boolean closed;

  private TarShards(String description, Path folder, ImageIndex index) {
    this.description = description;
    this.folder = folder;
    this.index = index;
    this.channels = new AtomicReferenceArray<>(index.archives());
  }

  /**
   * Lists archives, or takes their index from a file ({@link ImageIndexFile}).
   *
   * @param description names the archives together in messages
   * @param files the archives in order, at least one
   * @param field the field of {@code .json} members that holds the labels; empty for the usual ones
   * @param threads that list
   * @throws DataException if an archive cannot be read
   */
  public static TarShards open(
      String description, List<Path> files, Optional<String> field, int threads) {
    Path base = base(files);
    List<String> names = files.stream().map(f -> PathNames.relative(base, absolute(f))).toList();
    ImageIndexFile kept = new ImageIndexFile(base, files, names, field);
    SampleLabel reader = new SampleLabel(field);
    ImageIndex index = kept.get(() -> list(files, names, reader, threads));
    return new TarShards(description, base, index);
  }

  private static Path absolute(Path file) {
    return file.toAbsolutePath().normalize();
  }

  private static Path base(List<Path> files) {
    Path base = absolute(files.get(0)).getParent();
    for (Path file : files) {
      while (base != null && !absolute(file).startsWith(base)) {
        base = base.getParent();
      }
    }
    if (base == null) {
      throw new DataException(
          "the archives "
              + files.get(0)
              + " and others have no folder in common; expected archives below one folder; move"
              + " them there");
    }
    return base;
  }

  private static ImageIndex list(
      List<Path> files, List<String> names, SampleLabel reader, int threads) {
    ShardListing.Result[] results = new ShardListing.Result[files.size()];
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Runnable work =
        () -> {
          try {
            for (int a = next.getAndIncrement();
                a < results.length && failure.get() == null;
                a = next.getAndIncrement()) {
              results[a] = list(files.get(a), reader);
            }
          } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
          }
        };
    List<Thread> others = new ArrayList<>();
    for (int t = 1; t < Math.min(threads, results.length); t++) {
      Thread other = new Thread(work, "fovea-index-" + t);
      other.setDaemon(true);
      other.start();
      others.add(other);
    }
    work.run();
    others.forEach(TarShards::join);
    if (failure.get() instanceof RuntimeException e) {
      throw e;
    } else if (failure.get() instanceof Error e) {
      throw e;
    }
    return merge(results, names);
  }

  /** Waits for a thread that lists, which ends soon; an interrupt meanwhile is kept. */
  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static ShardListing.Result list(Path file, SampleLabel reader) {
    try {
      return ShardListing.of(file, reader);
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "cannot open "
              + file
              + ": "
              + IoReason.of(e)
              + "; expected an intact, uncompressed tar archive; unpack .tar.gz with gunzip or copy"
              + " it again",
          e);
    }
  }

  /** Numbers the labels of all archives together. */
  private static ImageIndex merge(ShardListing.Result[] results, List<String> names) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    List<ImageIndex.Shard> shards = new ArrayList<>();
    List<IgnoredFile> ignored = new ArrayList<>();
    for (int a = 0; a < results.length; a++) {
      ShardListing.Result result = results[a];
      int[] number = new int[result.labels().size()];
      for (int l = 0; l < number.length; l++) {
        String label = result.labels().get(l);
        number[l] = numbers.computeIfAbsent(label, x -> numbers.size());
      }
      int[] labels = result.shard().labels();
      for (int i = 0; i < labels.length; i++) {
        labels[i] = labels[i] < 0 ? labels[i] : number[labels[i]];
      }
      shards.add(result.shard());
      for (IgnoredFile f : result.ignored()) {
        ignored.add(new IgnoredFile(names.get(a) + "/" + f.path(), f.kind(), f.reason()));
      }
    }
    return new ImageIndex(shards, names, new ArrayList<>(numbers.keySet()), ignored);
  }

  /** Names the archives in messages. */
  public String description() {
    return description;
  }

  /** The folder that holds all archives, as an absolute path. */
  public Path folder() {
    return folder;
  }

  /** Names, sizes and labels of the images. */
  public ImageIndex index() {
    return index;
  }

  /**
   * Reads image {@code i}.
   *
   * @throws IOException if it is longer than {@code limit} bytes or cannot be read
   */
  public byte[] read(int i, long limit) throws IOException {
    int size = index.bytes(i);
    if (size > limit) {
      throw new IOException("it is " + size + " bytes long, the limit is " + limit);
    }
    int a = index.archiveOf(i);
    long offset = index.offset(i);
    FileChannel kept = channel(a);
    if (kept != null) {
      return read(kept, offset, size);
    }
    try (FileChannel once = FileChannel.open(index.file(a), StandardOpenOption.READ)) {
      return read(once, offset, size);
    }
  }

  private static byte[] read(FileChannel channel, long offset, int size) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(size);
    while (to.hasRemaining()) {
      if (channel.read(to, offset + to.position()) < 0) {
        throw new EOFException("the archive ends early");
      }
    }
    return to.array();
  }

  /** The open archive, or null if too many are open. */
  private @Nullable FileChannel channel(int a) throws IOException {
    FileChannel known = channels.get(a);
    if (known != null) {
      return known;
    }
    synchronized (channels) {
      if (closed) {
        throw new ClosedChannelException();
      }
      known = channels.get(a);
      if (known == null && open < MOST_OPEN) {
        known = FileChannel.open(index.file(a), StandardOpenOption.READ);
        channels.set(a, known);
        open++;
      }
      return known;
    }
  }

  /**
   * Checks that the archives are unchanged since they were listed, by size and modification time.
   *
   * @throws DataException if not, naming the archive
   */
  public void verifyUnchanged() {
    index.shards().forEach(s -> s.stamp().verify());
  }

  @Override
  public void close() {
    synchronized (channels) {
      closed = true;
      for (int a = 0; a < channels.length(); a++) {
        FileChannel channel = channels.get(a);
        if (channel != null) {
          try {
            channel.close();
          } catch (IOException e) {
            throw new DataException("cannot close " + index.file(a) + ": " + IoReason.of(e), e);
          }
        }
      }
    }
  }
}
