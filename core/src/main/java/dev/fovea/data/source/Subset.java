package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.tensor.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Selected images of another set, in a given order; owns that set. */
final class Subset implements Dataset, Selectable {
  private final Dataset whole;
  private final int[] items;
  private final String description;

  Subset(Dataset whole, int[] items, String description) {
    this.whole = whole;
    this.items = items;
    this.description = description;
  }

  /**
   * Draws a stratified random split by {@code seed}: {@code part} of the images of every class, or
   * with {@code first} false the remaining ones. Classes with at least two images have at least one
   * on each side.
   */
  static int[] stratified(Dataset set, double part, long seed, boolean first) {
    int n = set.size();
    boolean[] chosen = new boolean[n];
    int[] perClass = new int[set.classes().size()];
    for (int i = 0; i < n; i++) {
      perClass[set.label(i)]++;
    }
    int[] quota = new int[perClass.length];
    for (int c = 0; c < quota.length; c++) {
      long wanted = Math.round(perClass[c] * part);
      quota[c] = (int) Math.max(Math.min(1, perClass[c] - 1), Math.min(wanted, perClass[c] - 1));
    }
    for (int i : Rng.of(seed, 0, n).permutation(n)) {
      if (quota[set.label(i)] > 0) {
        quota[set.label(i)]--;
        chosen[i] = true;
      }
    }
    int[] picked = new int[n];
    int k = 0;
    for (int i = 0; i < n; i++) {
      if (chosen[i] == first) {
        picked[k++] = i;
      }
    }
    return Arrays.copyOf(picked, k);
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public List<String> classes() {
    return whole.classes();
  }

  @Override
  public int size() {
    return items.length;
  }

  @Override
  public List<String> displayNames() {
    return whole.displayNames();
  }

  @Override
  public int label(int i) {
    return whole.label(items[i]);
  }

  @Override
  public String name(int i) {
    return whole.name(items[i]);
  }

  @Override
  public long bytes(int i) {
    return whole.bytes(items[i]);
  }

  @Override
  public long checksum(int i) {
    return whole.checksum(items[i]);
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return whole.encoded(items[i]);
  }

  @Override
  public Image image(int i) {
    return whole.image(items[i]);
  }

  @Override
  public Picture picture(int i) {
    return whole.picture(items[i]);
  }

  @Override
  public List<IgnoredFile> ignored() {
    return whole.ignored();
  }

  @Override
  public List<String> notes() {
    return whole.notes();
  }

  @Override
  public String fingerprint() {
    return whole instanceof Selectable selectable
        ? selectable.fingerprint(items)
        : Dataset.super.fingerprint();
  }

  @Override
  public String fingerprint(int[] selection) {
    int[] chosen = new int[selection.length];
    for (int k = 0; k < chosen.length; k++) {
      chosen[k] = items[selection[k]];
    }
    return new Subset(whole, chosen, description).fingerprint();
  }

  @Override
  public void verifyUnchanged() {
    whole.verifyUnchanged();
  }

  @Override
  public void close() {
    whole.close();
  }
}
