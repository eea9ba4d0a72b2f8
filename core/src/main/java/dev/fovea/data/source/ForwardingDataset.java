package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import java.util.List;
import java.util.Optional;

/**
 * A data set that says what another one says, for those that change one thing about it: subclasses
 * say how a picture is had. Closing closes the other one.
 */
abstract class ForwardingDataset implements Dataset {
  private final Dataset set;

  ForwardingDataset(Dataset set) {
    this.set = set;
  }

  /** The other data set. */
  final Dataset set() {
    return set;
  }

  @Override
  public abstract Picture picture(int i);

  @Override
  public final Image image(int i) {
    return picture(i).whole();
  }

  @Override
  public String description() {
    return set.description();
  }

  @Override
  public List<String> classes() {
    return set.classes();
  }

  @Override
  public List<String> displayNames() {
    return set.displayNames();
  }

  @Override
  public int size() {
    return set.size();
  }

  @Override
  public int label(int i) {
    return set.label(i);
  }

  @Override
  public String name(int i) {
    return set.name(i);
  }

  @Override
  public long bytes(int i) {
    return set.bytes(i);
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return set.encoded(i);
  }

  @Override
  public long checksum(int i) {
    return set.checksum(i);
  }

  @Override
  public List<BadImage> bad() {
    return set.bad();
  }

  @Override
  public List<IgnoredFile> ignored() {
    return set.ignored();
  }

  @Override
  public List<String> notes() {
    return set.notes();
  }

  @Override
  public void verifyUnchanged() {
    set.verifyUnchanged();
  }

  @Override
  public String fingerprint() {
    return set.fingerprint();
  }

  @Override
  public void close() {
    set.close();
  }
}
