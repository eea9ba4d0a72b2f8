package dev.fovea.pack;

import dev.fovea.checkpoint.RecordTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a pack was made of and how, as {@code pack.json} says it.
 *
 * @param version of this record, 1
 * @param fovea the version of Fovea
 * @param source the file name of the data set, without its folder
 * @param settings everything beside the data that decided the bytes
 * @param classes the number of classes
 * @param splits one for each split of the data set
 */
public record PackRecord(
    int version,
    String fovea,
    String source,
    Settings settings,
    int classes,
    List<SplitRecord> splits) {
  static final int VERSION = 1;

  /** Copies the list. */
  public PackRecord {
    splits = List.copyOf(splits);
  }

  /** The settings as they are written. */
  public record Settings(
      int side,
      String interpolation,
      String format,
      int quality,
      String subsampling,
      long seed,
      int shardMegabytes,
      long maxMegapixels) {
    static Settings of(PackSettings s) {
      return new Settings(
          s.side(),
          s.interpolation().name().toLowerCase(Locale.ROOT),
          s.format().toString(),
          s.quality(),
          s.sampling().toString(),
          s.seed(),
          s.shardMegabytes(),
          s.limits().maxPixels() / 1_000_000);
    }
  }

  /**
   * A split.
   *
   * @param name names its shards
   * @param fingerprint of the source: classes, names, labels, sizes and known checksums
   * @param sourceImages pictures in the source
   * @param images pictures in the pack
   * @param shards in order
   */
  public record SplitRecord(
      String name, String fingerprint, int sourceImages, int images, List<ShardRecord> shards) {
    /** Copies the list. */
    public SplitRecord {
      shards = List.copyOf(shards);
    }

    SplitRecord with(List<ShardRecord> made) {
      return new SplitRecord(
          name, fingerprint, sourceImages, made.stream().mapToInt(ShardRecord::images).sum(), made);
    }

    /** Pictures that could not be read and were left out. */
    public int unreadable() {
      return shards.stream().mapToInt(s -> s.unreadable.size()).sum();
    }
  }

  /**
   * A shard.
   *
   * @param file its name
   * @param first the place in the random order of its first picture
   * @param next the place at which the next shard begins
   * @param images pictures in it
   * @param bytes its size
   * @param sha256 of the file
   * @param unreadable pictures of these places that were left out
   */
  public record ShardRecord(
      String file,
      int first,
      int next,
      int images,
      long bytes,
      String sha256,
      List<Unreadable> unreadable) {
    /** Copies the list. */
    public ShardRecord {
      unreadable = List.copyOf(unreadable);
    }
  }

  /**
   * A picture that was left out.
   *
   * @param place in the random order
   * @param name in the source
   */
  public record Unreadable(int place, String name) {}

  /** Pictures in the pack. */
  public int images() {
    return splits.stream().mapToInt(SplitRecord::images).sum();
  }

  /** Pictures that could not be read and were left out. */
  public int unreadable() {
    return splits.stream().mapToInt(SplitRecord::unreadable).sum();
  }

  /** All shards. */
  public List<ShardRecord> shards() {
    return splits.stream().flatMap(s -> s.shards.stream()).toList();
  }

  PackRecord with(List<SplitRecord> others) {
    return new PackRecord(version, fovea, source, settings, classes, others);
  }

  /** This record before anything was packed. */
  private PackRecord bare() {
    return with(splits.stream().map(s -> s.with(List.of())).toList());
  }

  /**
   * What was decided otherwise in {@code other}, whatever either has packed; a few words for each,
   * with the value of {@code other} second.
   */
  List<String> differences(PackRecord other) {
    List<String> found = new ArrayList<>();
    Map<String, Object> ours = RecordTree.of(settings);
    Map<String, Object> theirs = RecordTree.of(other.settings);
    ours.forEach(
        (key, value) -> {
          if (!value.equals(theirs.get(key))) {
            found.add("pack." + key + " " + value + ", here " + theirs.get(key));
          }
        });
    if (!fovea.equals(other.fovea)) {
      found.add("Fovea " + fovea + ", here " + other.fovea);
    }
    if (!source.equals(other.source)) {
      found.add("a data set named " + source + ", here " + other.source);
    }
    if (found.isEmpty() && !bare().equals(other.bare())) {
      found.add("other data, or data that has changed since");
    }
    return found;
  }
}
