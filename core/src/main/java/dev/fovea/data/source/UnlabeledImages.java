package dev.fovea.data.source;

import dev.fovea.data.archive.FileKind;
import dev.fovea.data.archive.FolderSource;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.PathNames;
import dev.fovea.data.archive.Source;
import dev.fovea.data.archive.TarShards;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.image.Picture;
import dev.fovea.tensor.Decimals;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Images without classes, from files, folders and archives, for prediction.
 *
 * <p>The order is that of the given paths. Folders (recursively), {@code .zip} and uncompressed
 * {@code .tar} archives contribute their files with image suffixes, sorted by name; WebDataset
 * shards, folders and patterns of them, and archives of archives, in the order in which they lie
 * there. A file given directly is an image regardless of its name. Whatever cannot be used (a
 * missing path, a folder without images, an archive member with an unsafe path) keeps its position
 * as an unreadable image, so it is reported in order and does not stop the rest.
 *
 * <p>Every image has label 0, and {@link #classes} is empty. Only names and sizes are held in
 * memory; images are read on demand. Owns its sources.
 */
public final class UnlabeledImages implements Dataset {
  /** Images of one source, numbered from 0. */
  private sealed interface Part {
    int size();

    String name(int i);

    long bytes(int i);

    byte[] read(int i, long limit) throws IOException;

    void close();
  }

  /** Files of a folder or of an archive of files. */
  private record Entries(Source source, String prefix, List<Source.Entry> entries) implements Part {
    @Override
    public int size() {
      return entries.size();
    }

    @Override
    public String name(int i) {
      return prefix + entries.get(i).path();
    }

    @Override
    public long bytes(int i) {
      return entries.get(i).size();
    }

    @Override
    public byte[] read(int i, long limit) throws IOException {
      return source.read(entries.get(i), limit);
    }

    @Override
    public void close() {
      source.close();
    }
  }

  /** Images of archives of samples, in the order in which they lie there. */
  private record Samples(TarShards shards, String prefix) implements Part {
    @Override
    public int size() {
      return shards.index().size();
    }

    @Override
    public String name(int i) {
      return prefix + shards.index().name(i);
    }

    @Override
    public long bytes(int i) {
      return shards.index().bytes(i);
    }

    @Override
    public byte[] read(int i, long limit) throws IOException {
      return shards.read(i, limit);
    }

    @Override
    public void close() {
      shards.close();
    }
  }

  private final List<Part> parts = new ArrayList<>();
  private final List<IgnoredFile> ignored = new ArrayList<>();
  private final int[] starts;
  private final int size;
  private final DecodeLimits limits;

  private UnlabeledImages(List<Path> paths, DecodeLimits limits) {
    this.limits = limits;
    for (Path path : paths) {
      add(path);
    }
    starts = new int[parts.size()];
    int count = 0;
    for (int p = 0; p < starts.length; p++) {
      starts[p] = count;
      count = Math.addExact(count, parts.get(p).size());
    }
    size = count;
  }

  /**
   * Lists the images of {@code paths}. Never throws for a bad path; reading its placeholder does.
   *
   * @param limits size limits of images
   */
  public static UnlabeledImages of(List<Path> paths, DecodeLimits limits) {
    return new UnlabeledImages(paths, limits);
  }

  private void add(Path path) {
    try {
      Optional<ShardFiles> archives = ShardFiles.find(path);
      if (archives.isPresent()) {
        add(archives.get());
        return;
      }
      ParquetAdvice.check(path);
      if (Files.isDirectory(path)) {
        List<Part> troubles = new ArrayList<>();
        Source folder =
            new FolderSource(
                path,
                (at, why) ->
                    troubles.add(unreadable(at.toString(), String.valueOf(why.getMessage()))));
        add(path, folder, !troubles.isEmpty());
        parts.addAll(troubles);
        return;
      }
      if (PathNames.isUnknown(path.toString()) && !Files.exists(path)) {
        PathNames.parse(path.toString());
      }
      Source archive = Files.isRegularFile(path) ? Datasets.archive(path) : null;
      if (archive != null) {
        add(path, archive, false);
        return;
      }
      parts.add(
          new Entries(
              new SingleFile(path), "", List.of(new Source.Entry(path.toString(), 0, 0, 0))));
    } catch (DataException e) {
      parts.add(unreadable(path.toString(), String.valueOf(e.getMessage())));
    }
  }

  private void add(ShardFiles files) {
    int threads = Runtime.getRuntime().availableProcessors();
    TarShards shards =
        TarShards.open(files.description(), files.files(), Optional.empty(), threads);
    String prefix = prefix(files.folder(), shards.folder());
    parts.add(new Samples(shards, prefix));
    files.others().forEach(ignored::add);
    for (IgnoredFile f : shards.index().ignored()) {
      ignored.add(new IgnoredFile(prefix + f.path(), f.kind(), f.reason()));
    }
    if (shards.index().size() == 0) {
      parts.add(
          unreadable(
              files.description(),
              files.description()
                  + ": its archives contain no images; expected members named .jpg, .png, .webp or"
                  + " similar; check the path"));
    }
  }

  /** The folder of the archives as the caller wrote it, if it is that. */
  private static String prefix(Path written, Path folder) {
    if (!written.toAbsolutePath().normalize().equals(folder)) {
      return folder + "/";
    }
    return written.equals(Path.of(".")) ? "" : written + "/";
  }

  private void add(Path path, Source source, boolean mayBeEmpty) {
    String prefix = path + (path.toString().endsWith("/") ? "" : "/");
    Source.Listing listing = source.listing();
    List<Source.Entry> images =
        listing.files().stream()
            .filter(e -> ImageFormat.isImageName(e.path()))
            .sorted(Comparator.comparing(Source.Entry::path))
            .toList();
    List<IgnoredFile> passedOver =
        new ArrayList<>(
            listing.ignored().stream().filter(i -> !ImageFormat.isImageName(i.path())).toList());
    listing.files().stream()
        .filter(e -> !ImageFormat.isImageName(e.path()))
        .forEach(e -> passedOver.add(FileKind.ignored(source, e)));
    passedOver.forEach(i -> ignored.add(new IgnoredFile(prefix + i.path(), i.kind(), i.reason())));
    List<Part> lost =
        listing.ignored().stream()
            .filter(i -> ImageFormat.isImageName(i.path()))
            .map(
                i ->
                    unreadable(
                        prefix + i.path(),
                        prefix
                            + i.path()
                            + " is not used: "
                            + i.reason()
                            + "; expected a regular file inside the tree; remove or repair it"))
            .toList();
    parts.add(new Entries(source, prefix, images));
    parts.addAll(lost);
    if (images.isEmpty() && lost.isEmpty() && !mayBeEmpty) {
      parts.add(
          unreadable(
              path.toString(),
              path
                  + ": contains no images; expected files named .jpg, .png, .gif, .bmp, .webp,"
                  + " .tif, .ppm or similar; "
                  + (passedOver.isEmpty()
                      ? "check the path"
                      : IgnoredFile.summary(passedOver) + ", for example " + passedOver.get(0))));
    }
  }

  private static Part unreadable(String name, String why) {
    return new Entries(new Unreadable(why), "", List.of(new Source.Entry(name, 0, 0, 0)));
  }

  /** A file given directly: any name and any length up to the limit, but not a pipe or device. */
  private record SingleFile(Path file) implements Source {
    @Override
    public String description() {
      return file.toString();
    }

    @Override
    public Listing listing() {
      return new Listing();
    }

    @Override
    public byte[] read(Entry entry, long limit) throws IOException {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new IOException(
            "it is a named pipe, a socket or a device, which is never opened; copy its content to a"
                + " file");
      }
      try (InputStream in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(Math.toIntExact(limit + 1));
        if (bytes.length > limit) {
          throw new IOException("it is longer than the limit of " + limit + " bytes");
        }
        return bytes;
      }
    }

    @Override
    public byte[] start(Entry entry, int count) throws IOException {
      return read(entry, count);
    }

    @Override
    public void verifyUnchanged() {}

    @Override
    public void close() {}
  }

  /** A placeholder for something unreadable, with the reason. */
  private record Unreadable(String why) implements Source {
    @Override
    public String description() {
      return why;
    }

    @Override
    public Listing listing() {
      return new Listing();
    }

    @Override
    public byte[] read(Entry entry, long limit) {
      throw new DataException(why);
    }

    @Override
    public byte[] start(Entry entry, int count) {
      throw new DataException(why);
    }

    @Override
    public void verifyUnchanged() {}

    @Override
    public void close() {}
  }

  private int part(int i) {
    int p = Arrays.binarySearch(starts, i);
    if (p < 0) {
      return -p - 2;
    }
    while (parts.get(p).size() == 0) {
      p++;
    }
    return p;
  }

  @Override
  public String description() {
    return Decimals.count(size, "image");
  }

  @Override
  public List<String> classes() {
    return List.of();
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public int label(int i) {
    return 0;
  }

  /** The path of image {@code i}; that of an archive member starts with the archive's path. */
  @Override
  public String name(int i) {
    int p = part(i);
    return parts.get(p).name(i - starts[p]);
  }

  @Override
  public long bytes(int i) {
    int p = part(i);
    return parts.get(p).bytes(i - starts[p]);
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return Optional.of(read(i));
  }

  private byte[] read(int i) {
    int p = part(i);
    try {
      return parts.get(p).read(i - starts[p], limits.maxBytes());
    } catch (NoSuchFileException e) {
      throw new DataException(name(i) + ": there is no such file or folder; check the path", e);
    } catch (FileSystemException e) {
      String why = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
      throw new DataException(
          "cannot read " + name(i) + " (" + why + "); check its permissions", e);
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "cannot read "
              + name(i)
              + ": "
              + IoReason.of(e)
              + "; expected a readable file; check its permissions",
          e);
    }
  }

  @Override
  public List<IgnoredFile> ignored() {
    return List.copyOf(ignored);
  }

  @Override
  public Image image(int i) {
    return ImageDecoder.decode(read(i), name(i), limits);
  }

  @Override
  public Picture picture(int i) {
    return ImageDecoder.open(read(i), name(i), limits);
  }

  @Override
  public void close() {
    parts.forEach(Part::close);
  }
}
