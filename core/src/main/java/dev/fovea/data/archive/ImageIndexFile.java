package dev.fovea.data.archive;

import static java.lang.System.Logger.Level.DEBUG;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the index of a large set of archives in a file, so that the set is listed once.
 *
 * <p>The file lies in the folder of the archives under a name that begins with a dot, or, if
 * nothing can be written there, in the folder of {@link #keepElsewhere}. It is used if size and
 * modification time of every archive are those that it states, and its checksum is right; otherwise
 * the archives are listed again. It appears under its name only when it is complete.
 */
public final class ImageIndexFile {
  /** Sets with fewer images are listed faster than a user would notice. */
  static final int LEAST_IMAGES = 10_000;

  private static final System.Logger LOG = System.getLogger(ImageIndexFile.class.getName());
  private static final long MAGIC = 0x464f_5645_4149_4458L;
  private static final int VERSION = 1;

  private static volatile @Nullable Path elsewhere;

  private final Path base;
  private final List<Path> archives;
  private final List<String> names;
  private final Optional<String> field;

  /**
   * The index of these archives.
   *
   * @param base the folder that holds all of them
   * @param field as in {@link SampleLabel}
   */
  ImageIndexFile(Path base, List<Path> archives, List<String> names, Optional<String> field) {
    this.base = base;
    this.archives = archives;
    this.names = names;
    this.field = field;
  }

  /**
   * Sets the folder for the indices of archives in folders that cannot be written, for example in
   * the user's cache; the application calls it once when it starts. Without it, such archives are
   * listed whenever they are opened. It does not influence what is read.
   */
  public static void keepElsewhere(Path folder) {
    elsewhere = folder;
  }

  /** The kept index, or a new one, which is kept if it is worth it. */
  ImageIndex get(Supplier<ImageIndex> list) {
    List<Path> places = places();
    for (Path file : places) {
      Optional<ImageIndex> kept = read(file);
      if (kept.isPresent()) {
        return kept.get();
      }
    }
    ImageIndex index = list.get();
    if (index.size() >= LEAST_IMAGES) {
      for (Path file : places) {
        if (write(file, index)) {
          break;
        }
      }
    }
    return index;
  }

  /** Where the index may be, the preferred place first. */
  private List<Path> places() {
    List<Path> places = new ArrayList<>(List.of(base.resolve("." + fileName(""))));
    Path other = elsewhere;
    if (other != null) {
      places.add(other.resolve(fileName(base.toAbsolutePath().normalize() + "\n")));
    }
    return places;
  }

  private String fileName(String prefix) {
    String key = prefix + field.orElse("") + "\n" + String.join("\n", names);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return "fovea-" + HexFormat.of().formatHex(hash, 0, 8) + ".index";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Empty if there is no such file, or it is not an intact index of the archives as they are. */
  private Optional<ImageIndex> read(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      byte[] bytes = Files.readAllBytes(file);
      int body = bytes.length - Long.BYTES;
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, Math.max(0, body));
      if (body < 0 || ByteBuffer.wrap(bytes).getLong(body) != crc.getValue()) {
        LOG.log(DEBUG, "the index {0} is damaged and is made again", file);
        return Optional.empty();
      }
      return parse(ByteBuffer.wrap(bytes, 0, body));
    } catch (IOException | BufferUnderflowException e) {
      LOG.log(DEBUG, "the index {0} cannot be read and is made again: {1}", file, e);
      return Optional.empty();
    }
  }

  private Optional<ImageIndex> parse(ByteBuffer in) throws IOException {
    if (in.getLong() != MAGIC
        || in.getInt() != VERSION
        || !text(in).equals(field.orElse(""))
        || in.getInt() != archives.size()) {
      return Optional.empty();
    }
    List<String> labels = new ArrayList<>();
    for (int n = in.getInt(); n > 0; n--) {
      labels.add(text(in));
    }
    List<IgnoredFile> ignored = new ArrayList<>();
    for (int n = in.getInt(); n > 0; n--) {
      ignored.add(new IgnoredFile(text(in), text(in), text(in)));
    }
    List<ImageIndex.Shard> shards = new ArrayList<>();
    for (int a = 0; a < archives.size(); a++) {
      FileStamp stamp = FileStamp.of(archives.get(a));
      if (!text(in).equals(names.get(a))
          || in.getLong() != stamp.size()
          || in.getLong() != stamp.modified()) {
        return Optional.empty();
      }
      String hash = text(in);
      int[] groups = ints(in);
      byte[] text = bytes(in);
      int[] blocks = ints(in);
      PackedNames packed = new PackedNames(blocks.length, text, groups);
      shards.add(new ImageIndex.Shard(stamp, hash, packed, blocks, ints(in), ints(in)));
    }
    return Optional.of(new ImageIndex(shards, names, labels, ignored));
  }

  /** Whether the file could be written. */
  private boolean write(Path file, ImageIndex index) {
    Path part = null;
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null) {
        return false;
      }
      if (!folder.equals(base.toAbsolutePath())) {
        Files.createDirectories(folder);
      }
      part = folder.resolve(".fovea-" + UUID.randomUUID() + ".part");
      CRC32C crc = new CRC32C();
      try (OutputStream out = Files.newOutputStream(part)) {
        DataOutputStream data =
            new DataOutputStream(
                new BufferedOutputStream(new CheckedOutputStream(out, crc), 1 << 16));
        write(index, data);
        data.flush();
        out.write(ByteBuffer.allocate(Long.BYTES).putLong(crc.getValue()).array());
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return true;
    } catch (IOException e) {
      LOG.log(DEBUG, "cannot write the index {0}: {1}", file, e);
      discard(part);
      return false;
    }
  }

  private static void discard(@Nullable Path part) {
    try {
      if (part != null) {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      LOG.log(DEBUG, "cannot delete {0}: {1}", part, e);
    }
  }

  private void write(ImageIndex index, DataOutputStream out) throws IOException {
    out.writeLong(MAGIC);
    out.writeInt(VERSION);
    put(out, field.orElse(""));
    out.writeInt(index.archives());
    out.writeInt(index.labels().size());
    for (String label : index.labels()) {
      put(out, label);
    }
    out.writeInt(index.ignored().size());
    for (IgnoredFile f : index.ignored()) {
      put(out, f.path());
      put(out, f.kind());
      put(out, f.reason());
    }
    for (int a = 0; a < index.archives(); a++) {
      ImageIndex.Shard shard = index.shards().get(a);
      put(out, index.archive(a));
      out.writeLong(shard.stamp().size());
      out.writeLong(shard.stamp().modified());
      put(out, shard.hash());
      put(out, shard.names().groups());
      put(out, shard.names().bytes());
      put(out, shard.blocks());
      put(out, shard.sizes());
      put(out, shard.labels());
    }
  }

  private static void put(DataOutputStream out, String text) throws IOException {
    put(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void put(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void put(DataOutputStream out, int[] values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES));
    bytes.asIntBuffer().put(values);
    put(out, bytes.array());
  }

  private static byte[] bytes(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int[] ints(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining() || length % Integer.BYTES != 0) {
      throw new BufferUnderflowException();
    }
    int[] values = new int[length / Integer.BYTES];
    in.slice(in.position(), length).asIntBuffer().get(values);
    in.position(in.position() + length);
    return values;
  }

  private static String text(ByteBuffer in) {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }
}
