package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.Source;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.image.Picture;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A data set of encoded images in a {@link Source}; owns the source. */
final class FileDataset implements Dataset {
  private final Source source;
  private final String description;
  private final List<String> classes;
  private final List<ClassLayout.Item> items;
  private final List<IgnoredFile> ignored;
  private final List<String> notes;
  private final DecodeLimits limits;

  FileDataset(
      Source source,
      String part,
      ClassLayout layout,
      List<ClassLayout.Item> items,
      DecodeLimits limits) {
    this.source = source;
    this.description = part + " of " + source.description();
    this.classes = layout.classes();
    this.items = List.copyOf(items);
    this.ignored = layout.ignored();
    this.notes = layout.notes();
    this.limits = limits;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public int label(int i) {
    return items.get(i).label();
  }

  @Override
  public String name(int i) {
    return items.get(i).entry().path();
  }

  @Override
  public long bytes(int i) {
    return items.get(i).entry().size();
  }

  @Override
  public long checksum(int i) {
    return items.get(i).entry().checksum();
  }

  @Override
  public List<IgnoredFile> ignored() {
    return ignored;
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return Optional.of(read(i));
  }

  private byte[] read(int i) {
    Source.Entry entry = items.get(i).entry();
    try {
      return source.read(entry, limits.maxBytes());
    } catch (IOException | RuntimeException e) {
      throw new DataException(
          "cannot read "
              + entry.path()
              + " in "
              + source.description()
              + ": "
              + IoReason.of(e)
              + "; expected a readable file; copy it again or check its permissions",
          e);
    }
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
  public void verifyUnchanged() {
    source.verifyUnchanged();
  }

  @Override
  public void close() {
    source.close();
  }
}
