package dev.fovea.data.archive;

import dev.fovea.data.decode.ImageFormat;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lists the images of one tar archive with their labels. For one thread.
 *
 * <p>Members that follow each other and whose names agree up to the first dot after the last slash
 * form a sample: an image and its label (a WebDataset shard). A member that is a tar archive itself
 * is a class, named by the member, and its images have that label (ImageNet's training images).
 */
final class ShardListing {
  /** Ignored files that are kept with their reason; more are only counted. */
  private static final int SHOWN = 100;

  private static final int LONGEST_LABEL_MEMBER = 1 << 18;
  private static final int UNLABELED = -1;

  private final SampleLabel reader;
  private final long end;
  private final PackedNames.Builder names = new PackedNames.Builder();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> labels = new ArrayList<>();
  private final Map<String, Integer> ignoredKinds = new HashMap<>();
  private final List<IgnoredFile> ignored = new ArrayList<>();
  private final MessageDigest digest;
  private final Set<String> seen = new HashSet<>();
  private int[] blocks = new int[1024];
  private int[] sizes = new int[1024];
  private int[] labelOf = new int[1024];
  private int count;
  private Sample sample = new Sample("");

  /** The members of one key. */
  private static final class Sample {
    final String key;
    @Nullable String first;
    TarReader.@Nullable Member image;
    @Nullable String label;
    int rank;
    @Nullable String trouble;

    Sample(String key) {
      this.key = key;
    }
  }

  private ShardListing(SampleLabel reader, long end) {
    this.reader = reader;
    this.end = end;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * The images of a shard.
   *
   * @param labels the labels that occur, in the order of their first images
   */
  record Result(ImageIndex.Shard shard, List<String> labels, List<IgnoredFile> ignored) {}

  /**
   * Lists a file.
   *
   * @throws IOException if it cannot be read or is not an uncompressed tar archive
   */
  static Result of(Path file, SampleLabel reader) throws IOException {
    FileStamp stamp = FileStamp.of(file);
    if (stamp.size() / TarReader.BLOCK > 0xffffffffL) {
      throw new IOException("it is longer than 2 TiB");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ShardListing listing = new ShardListing(reader, stamp.size());
      listing.list(channel);
      return listing.result(stamp);
    }
  }

  private Result result(FileStamp stamp) {
    ImageIndex.Shard shard =
        new ImageIndex.Shard(
            stamp,
            HexFormat.of().formatHex(digest.digest()),
            names.build(),
            Arrays.copyOf(blocks, count),
            Arrays.copyOf(sizes, count),
            Arrays.copyOf(labelOf, count));
    List<IgnoredFile> all = new ArrayList<>(ignored);
    ignoredKinds.forEach(
        (kind, n) -> {
          if (n > SHOWN) {
            all.add(
                new IgnoredFile(
                    stamp.file().getFileName() + "/...",
                    kind,
                    "and " + (n - SHOWN) + " more of this kind in this archive"));
          }
        });
    return new Result(shard, List.copyOf(labels), List.copyOf(all));
  }

  private void list(FileChannel channel) throws IOException {
    TarReader tar = new TarReader(channel, 0, end);
    for (TarReader.Member m = tar.next(); m != null; m = tar.next()) {
      String path = Source.clean(m.path());
      if (path.isEmpty() || Source.isLitter(path) || m.kind() == TarReader.Kind.FOLDER) {
        continue;
      }
      Source.Refusal refusal = m.refusal(path);
      if (refusal != null) {
        leaveOut(path, refusal);
      } else if (path.toLowerCase(Locale.ROOT).endsWith(".tar")) {
        flush();
        listClass(channel, m, path);
      } else {
        add(tar, m, path);
      }
    }
    flush();
  }

  private void listClass(FileChannel channel, TarReader.Member archive, String path)
      throws IOException {
    String label = path.substring(path.lastIndexOf('/') + 1, path.length() - ".tar".length());
    long stop = archive.offset() + archive.size();
    TarReader tar = new TarReader(channel, archive.offset(), stop);
    Set<String> inside = new HashSet<>();
    try {
      for (TarReader.Member m = tar.next(); m != null; m = tar.next()) {
        String name = Source.clean(m.path());
        if (name.isEmpty() || Source.isLitter(name) || m.kind() == TarReader.Kind.FOLDER) {
          continue;
        }
        Source.Refusal refusal = m.refusal(name);
        String whole = label + "/" + name;
        if (refusal != null) {
          leaveOut(whole, refusal);
        } else if (!ImageFormat.isImageName(name)) {
          leaveOut(whole, new Source.Refusal("not an image", "not an image by its name"));
        } else if (!inside.add(name)) {
          leaveOut(whole, DUPLICATE);
        } else {
          store(whole, m, label);
        }
      }
    } catch (IOException e) {
      throw new IOException("its member " + path + ": " + e.getMessage(), e);
    }
  }

  private static final Source.Refusal DUPLICATE =
      new Source.Refusal("duplicate member", "an earlier member has the same name");

  private void add(TarReader tar, TarReader.Member m, String path) throws IOException {
    int base = path.lastIndexOf('/') + 1;
    int dot = path.indexOf('.', base);
    String key = dot < 0 ? path : path.substring(0, dot);
    String extension = dot < 0 ? "" : path.substring(dot + 1).toLowerCase(Locale.ROOT);
    if (!key.equals(sample.key)) {
      flush();
      sample = new Sample(key);
    }
    if (sample.first == null) {
      sample.first = path;
    }
    boolean image = ImageFormat.isImageName(path);
    if (image && extension.indexOf('.') < 0) {
      if (sample.image != null) {
        leaveOut(path, new Source.Refusal("duplicate member", "its sample has an image before it"));
      } else {
        sample.image = m;
      }
      return;
    }
    if (image && sample.trouble == null) {
      sample.trouble =
          "a key ends at the first dot of a name, and '"
              + extension
              + "' is not the suffix of an image; pack the set again with keys without dots";
    }
    int rank = reader.rank(extension);
    if (rank > sample.rank) {
      readLabel(tar, m, extension, rank);
    }
  }

  private void readLabel(TarReader tar, TarReader.Member m, String extension, int rank)
      throws IOException {
    if (m.size() > LONGEST_LABEL_MEMBER) {
      return;
    }
    byte[] content = tar.content(m);
    try {
      Optional<String> label = reader.read(extension, content);
      if (label.isPresent()) {
        sample.label = label.get();
        sample.rank = rank;
      }
    } catch (IOException e) {
      sample.trouble = "its label in ." + extension + " cannot be read: " + e.getMessage();
    }
  }

  private void flush() {
    Sample s = sample;
    sample = new Sample("");
    TarReader.Member image = s.image;
    if (s.first == null) {
      return;
    }
    if (image == null) {
      String why = s.trouble == null ? "its sample has no image" : s.trouble;
      leaveOut(s.first, new Source.Refusal("without image", why));
    } else if (!seen.add(s.key)) {
      leaveOut(
          Source.clean(image.path()),
          new Source.Refusal("duplicate member", "an earlier sample has the same key"));
    } else {
      store(Source.clean(image.path()), image, s.label);
      if (s.label == null && s.trouble != null) {
        leaveOut(Source.clean(image.path()), new Source.Refusal("unlabeled", s.trouble));
      }
    }
  }

  private void store(String path, TarReader.Member m, @Nullable String label) {
    if (m.size() > Integer.MAX_VALUE) {
      leaveOut(path, new Source.Refusal("unreadable member", "it is longer than 2 GiB"));
      return;
    }
    if (count == sizes.length) {
      int longer = count + (count >> 1);
      blocks = Arrays.copyOf(blocks, longer);
      sizes = Arrays.copyOf(sizes, longer);
      labelOf = Arrays.copyOf(labelOf, longer);
    }
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    names.add(name);
    blocks[count] = (int) (m.offset() / TarReader.BLOCK);
    sizes[count] = (int) m.size();
    labelOf[count] = label == null ? UNLABELED : number(label);
    count++;
    hash(name);
    hash((label == null ? "" : label).getBytes(StandardCharsets.UTF_8));
    digest.update(Long.toString(m.size()).getBytes(StandardCharsets.US_ASCII));
    digest.update((byte) 0);
  }

  /** A text in the hash ends with a zero, which none of them contains. */
  private void hash(byte[] text) {
    digest.update(text);
    digest.update((byte) 0);
  }

  private int number(String label) {
    Integer known = numbers.get(label);
    if (known == null) {
      known = labels.size();
      numbers.put(label, known);
      labels.add(label);
    }
    return known;
  }

  private void leaveOut(String path, Source.Refusal why) {
    if (ignoredKinds.merge(why.kind(), 1, Integer::sum) <= SHOWN) {
      ignored.add(new IgnoredFile(path, why.kind(), why.reason()));
    }
  }
}
