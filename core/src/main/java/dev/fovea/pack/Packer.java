package dev.fovea.pack;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.BadImages;
import dev.fovea.data.source.PackFiles;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Rng;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Packs data sets: pictures in a random order, shrunk and encoded on all cores, written to shards
 * by one thread.
 *
 * <p>The bytes are a function of the data, the settings and the version of Fovea. Whatever stops
 * the packing, the same call goes on after the last complete shard and ends in the same bytes. Used
 * by one thread.
 */
public final class Packer {
  private final List<PackPart> parts;
  private final PackSettings settings;
  private final Effort effort;
  private final Listener listener;
  private final int total;
  private int done;

  /**
   * What may differ without another result.
   *
   * @param threads that decode and encode
   * @param badFraction fraction of the pictures of a split that may be unreadable
   */
  public record Effort(int threads, double badFraction) {}

  /** Hears how the packing goes on; called by the packing thread. */
  public interface Listener {
    /** Pictures packed or found packed before, of all. */
    void packed(int pictures, int total);

    /** A shard that was found complete; its pictures count as packed. */
    void skipped(PackRecord.ShardRecord shard);

    /** A picture that is left out. */
    void unreadable(BadImage bad);

    /** Whether to stop; asked before every picture. */
    boolean stops();
  }

  /**
   * A packer.
   *
   * @param parts the splits, at least one, of the same classes; they stay the caller's
   * @throws DataException if a split is empty, classes differ, or a class has a name that is not
   *     one line
   */
  public Packer(List<PackPart> parts, PackSettings settings, Effort effort, Listener listener) {
    this.parts = List.copyOf(parts);
    this.settings = settings;
    this.effort = effort;
    this.listener = listener;
    this.total = parts.stream().mapToInt(p -> p.set().size()).sum();
    List<String> classes = parts.get(0).set().classes();
    for (PackPart part : parts) {
      if (part.set().size() == 0) {
        throw new DataException(
            part.set().description()
                + " is empty, and a split without shards could not be told from one that is"
                + " missing; expected at least one image in every split; add images or remove the"
                + " split");
      }
      if (!part.set().classes().equals(classes)) {
        throw new DataException(
            parts.get(0).set().description()
                + " and "
                + part.set().description()
                + " have different classes; expected the same in all splits; name the splits apart"
                + " and pack each by itself");
      }
    }
    checkNames(classes);
  }

  /** The names have to be what a reader makes of the lines of a file. */
  private static void checkNames(List<String> classes) {
    for (String name : classes) {
      boolean line = !name.isBlank() && name.equals(name.strip()) && name.lines().count() == 1;
      boolean json = name.equals(classes.get(0)) && (name.startsWith("[") || name.startsWith("{"));
      if (!line || json) {
        throw new DataException(
            "the class name '"
                + name
                + "' cannot be a line of "
                + PackFiles.CLASSES
                + "; expected one line without blanks at its ends, the first without a bracket at"
                + " its start; rename the class");
      }
    }
  }

  /**
   * Makes the pack, or goes on with it.
   *
   * @param folder a new or empty folder, or one that holds the same pack, whole or not
   * @param source the file name of the data set, for the record
   * @param fovea the version of Fovea, for the record
   * @return the record of the whole pack; empty if the listener stopped it
   * @throws DataException if the folder holds anything else, too many pictures are damaged, one may
   *     not be read or needs more memory than there is, the data has changed meanwhile, or the disk
   *     is full
   */
  public Optional<PackRecord> pack(Path folder, String source, String fovea) {
    PackRecord plan =
        new PackRecord(
            PackRecord.VERSION,
            fovea,
            source,
            PackRecord.Settings.of(settings),
            parts.get(0).set().classes().size(),
            parts.stream().map(Packer::plan).toList());
    try (PackFolder to = PackFolder.open(folder, plan, parts.get(0).set().classes())) {
      List<PackRecord.SplitRecord> splits = new ArrayList<>();
      for (int p = 0; p < parts.size(); p++) {
        Optional<List<PackRecord.ShardRecord>> shards = new Split(to, parts.get(p)).pack();
        if (shards.isEmpty()) {
          return Optional.empty();
        }
        splits.add(plan.splits().get(p).with(shards.get()));
      }
      parts.forEach(p -> p.set().verifyUnchanged());
      PackRecord record = plan.with(splits);
      to.finish(record);
      return Optional.of(record);
    } catch (IOException e) {
      throw new DataException(
          "cannot finish the pack in " + folder + ": " + IoReason.of(e) + "; " + again(e), e);
    }
  }

  private static PackRecord.SplitRecord plan(PackPart part) {
    return new PackRecord.SplitRecord(
        part.split(), part.set().fingerprint(), part.set().size(), 0, List.of());
  }

  private static String again(IOException e) {
    String reason = IoReason.of(e);
    return (reason.contains("No space left") || reason.contains("quota")
            ? "free some space"
            : "check the folder and its disk")
        + ", then pack again with the same settings to go on";
  }

  /** The order of a split of {@code n} pictures. */
  static int[] order(long seed, String split, int n) {
    // The key of another split is another one, so that equal sizes do not have equal orders.
    return Rng.of(seed, split.hashCode(), -1).permutation(n);
  }

  /** The packing of one split. */
  private final class Split {
    private final PackFolder to;
    private final PackPart part;
    private final int[] order;
    private final BadImages bad;
    private final PictureEncoder encoder;
    private @Nullable PictureQueue queue;
    private PictureQueue.@Nullable Outcome waiting;

    Split(PackFolder to, PackPart part) {
      this.to = to;
      this.part = part;
      this.order = order(settings.seed(), part.split(), part.set().size());
      this.bad = new BadImages(part.set(), effort.badFraction(), listener::unreadable);
      this.encoder = new PictureEncoder(part.set(), settings);
    }

    /** The shards; empty if stopped. */
    Optional<List<PackRecord.ShardRecord>> pack() throws IOException {
      List<PackRecord.ShardRecord> shards = new ArrayList<>();
      int next = 0;
      try {
        while (next < order.length) {
          String name = String.format(Locale.ROOT, "%s-%06d.tar", part.split(), shards.size());
          if (listener.stops()) {
            return Optional.empty();
          }
          Optional<PackRecord.ShardRecord> shard = to.unharmed(name, next);
          if (shard.isPresent()) {
            skip(shard.get());
          } else {
            shard = write(name, next);
          }
          if (shard.isEmpty()) {
            return Optional.empty();
          }
          shards.add(shard.get());
          next = shard.get().next();
        }
        return Optional.of(shards);
      } finally {
        close();
      }
    }

    private void skip(PackRecord.ShardRecord shard) {
      close();
      for (PackRecord.Unreadable u : shard.unreadable()) {
        bad.report(
            order[u.place()],
            new DataException(u.name() + " could not be read when its shard was made"));
      }
      done += shard.next() - shard.first();
      listener.skipped(shard);
      listener.packed(done, total);
    }

    private void close() {
      if (queue != null) {
        queue.close();
      }
      queue = null;
      waiting = null;
    }

    private Optional<PackRecord.ShardRecord> write(String name, int first) throws IOException {
      to.reopen();
      List<PackRecord.Unreadable> left = new ArrayList<>();
      try (ShardFile shard = new ShardFile(to.file(name))) {
        int next = fill(shard, first, left);
        if (next < 0) {
          return Optional.empty();
        }
        if (shard.images() == 0) {
          throw new DataException(
              "none of the "
                  + Decimals.count(left.size(), "image")
                  + " of "
                  + part.set().description()
                  + " can be read; expected at least one; repair or remove them");
        }
        String sha = shard.finish();
        PackRecord.ShardRecord made =
            new PackRecord.ShardRecord(name, first, next, shard.images(), shard.size(), sha, left);
        to.add(made);
        return Optional.of(made);
      } catch (IOException e) {
        throw new DataException(
            "cannot write "
                + to.file(name)
                + ": "
                + IoReason.of(e)
                + "; "
                + (to.made() == 1 ? "1 complete shard stays" : to.made() + " complete shards stay")
                + "; "
                + again(e),
            e);
      }
    }

    /** Fills a shard; returns the place at which the next one begins, or -1 if stopped. */
    private int fill(ShardFile shard, int first, List<PackRecord.Unreadable> left)
        throws IOException {
      PictureQueue pictures = queue;
      if (pictures == null) {
        pictures = new PictureQueue(encoder, order, first, effort.threads());
        queue = pictures;
      }
      for (int place = first; place < order.length; place++) {
        if (listener.stops()) {
          return -1;
        }
        int item = order[place];
        PictureQueue.Outcome outcome = waiting == null ? pictures.next() : waiting;
        waiting = null;
        PackedPicture picture = outcome.picture();
        if (picture != null) {
          int label = part.set().label(item);
          if (!shard.hasRoom(picture, label, settings.shardBytes())) {
            waiting = outcome;
            return place;
          }
          shard.add(String.format(Locale.ROOT, "%09d", place), picture, label);
        } else if (outcome.bad() != null) {
          bad.report(item, outcome.bad());
          left.add(new PackRecord.Unreadable(place, part.set().name(item)));
        }
        listener.packed(++done, total);
      }
      return order.length;
    }
  }
}
