package dev.fovea.data.inspect;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.decode.ImageHeader;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.ParallelItems;
import dev.fovea.data.source.Sha256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * The result of checking a data set before training on it. Every image is decoded.
 *
 * @param parts the splits
 * @param unreadable images that cannot be decoded, with reasons
 * @param wrongSuffix images whose format differs from their suffix
 * @param duplicates groups of images with identical pixels
 * @param colors number of files by color type; empty for sources of raw pixels
 * @param rotated number of files whose orientation tag is not upright
 * @param sizes image sizes, most frequent first
 * @param ignored files in the source that are not part of the set
 * @param notes how the source was interpreted, where that might be unexpected
 */
public record DataCheck(
    List<Part> parts,
    List<Place> unreadable,
    List<Place> wrongSuffix,
    List<Duplicate> duplicates,
    Map<ImageHeader.Color, Integer> colors,
    int rotated,
    List<Size> sizes,
    List<IgnoredFile> ignored,
    List<String> notes) {
  /**
   * A split.
   *
   * @param perClass number of images of each class, in the order of {@code classes}
   */
  public record Part(String description, int images, List<String> classes, List<Integer> perClass) {
    /** The size of the largest class divided by that of the smallest. */
    public double imbalance() {
      return (double) Collections.max(perClass) / Math.max(1, Collections.min(perClass));
    }
  }

  /**
   * An image with a remark.
   *
   * @param part index of the split in {@link DataCheck#parts}
   */
  public record Place(int part, String name, String remark) {}

  /**
   * Images with identical pixels.
   *
   * @param acrossParts whether they are in different splits, so that training data leaks into
   *     evaluation
   * @param acrossClasses whether they have different labels
   */
  public record Duplicate(List<Place> places, boolean acrossParts, boolean acrossClasses) {}

  /** A size and its frequency. */
  public record Size(int width, int height, int images) {}

  /** Whether no unreadable, misnamed or duplicate images were found. */
  public boolean isClean() {
    return unreadable.isEmpty() && wrongSuffix.isEmpty() && duplicates.isEmpty();
  }

  /** The number of duplicates across splits. */
  public long leaks() {
    return duplicates.stream().filter(Duplicate::acrossParts).count();
  }

  /**
   * Checks every split of a source, with no limit on unreadable images.
   *
   * @throws DataException if the source cannot be opened as a data set at all
   */
  public static DataCheck of(String pathOrName, DatasetOptions options) {
    List<Dataset> parts = Datasets.parts(pathOrName, options.withMemoryBytes(0).withBadFraction(1));
    try {
      return of(parts, options.threads());
    } finally {
      parts.forEach(Dataset::close);
    }
  }

  /** Checks these splits of one set. */
  public static DataCheck of(List<Dataset> parts, int threads) {
    return of(parts, threads, () -> false).orElseThrow();
  }

  /**
   * Checks these splits of one set.
   *
   * @param stop polled before each image, from any thread
   * @return empty if it was stopped
   */
  public static Optional<DataCheck> of(List<Dataset> parts, int threads, BooleanSupplier stop) {
    Findings findings = new Findings();
    for (int p = 0; p < parts.size(); p++) {
      Dataset set = parts.get(p);
      int part = p;
      ParallelItems.visit(
          set.size(),
          threads,
          i -> {
            if (stop.getAsBoolean()) {
              return false;
            }
            findings.look(set, part, i);
            return true;
          });
    }
    return stop.getAsBoolean() ? Optional.empty() : Optional.of(findings.report(parts));
  }

  private record Seen(int part, int index, String name, int label) {}

  /**
   * Collects findings under its own lock and sorts them at the end, so the report does not depend
   * on threads.
   */
  private static final class Findings {
    private final TreeMap<String, List<Seen>> byContent = new TreeMap<>();
    private final List<Place> unreadable = new ArrayList<>();
    private final List<Place> wrongSuffix = new ArrayList<>();
    private final EnumMap<ImageHeader.Color, Integer> colors =
        new EnumMap<>(ImageHeader.Color.class);
    private final TreeMap<Long, Integer> sizes = new TreeMap<>();
    private int rotated;

    void look(Dataset set, int part, int i) {
      String name = set.name(i);
      try {
        Optional<byte[]> encoded = set.encoded(i);
        if (encoded.isPresent()) {
          header(ImageHeader.read(encoded.get(), name), part, name);
        }
        Image image = set.image(i);
        String hash = new Sha256().add(image.width()).add(image.rgb()).hex();
        synchronized (this) {
          byContent
              .computeIfAbsent(hash, h -> new ArrayList<>())
              .add(new Seen(part, i, name, set.label(i)));
          sizes.merge((long) image.width() << 32 | image.height(), 1, Integer::sum);
        }
      } catch (DataException e) {
        synchronized (this) {
          unreadable.add(new Place(part, name, String.valueOf(e.getMessage())));
        }
      }
    }

    private synchronized void header(ImageHeader header, int part, String name) {
      colors.merge(header.color(), 1, Integer::sum);
      if (!header.format().fits(name)) {
        wrongSuffix.add(new Place(part, name, "is " + header.format()));
      }
      if (header.orientation() != 1) {
        rotated++;
      }
    }

    DataCheck report(List<Dataset> parts) {
      List<Size> bySize = new ArrayList<>();
      sizes.forEach((key, n) -> bySize.add(new Size((int) (key >> 32), (int) (long) key, n)));
      bySize.sort((a, b) -> Integer.compare(b.images, a.images));
      return new DataCheck(
          parts.stream().map(Findings::part).toList(),
          sorted(unreadable),
          sorted(wrongSuffix),
          duplicates(),
          Collections.unmodifiableMap(colors),
          rotated,
          List.copyOf(bySize),
          parts.isEmpty() ? List.of() : parts.get(0).ignored(),
          parts.isEmpty() ? List.of() : parts.get(0).notes());
    }

    private static List<Place> sorted(List<Place> places) {
      return places.stream()
          .sorted(
              (a, b) ->
                  a.part != b.part ? Integer.compare(a.part, b.part) : a.name.compareTo(b.name))
          .toList();
    }

    private static Part part(Dataset set) {
      Integer[] counts = new Integer[set.classes().size()];
      Arrays.fill(counts, 0);
      for (int i = 0; i < set.size(); i++) {
        counts[set.label(i)]++;
      }
      return new Part(set.description(), set.size(), set.classes(), List.of(counts));
    }

    private List<Duplicate> duplicates() {
      List<Duplicate> found = new ArrayList<>();
      for (List<Seen> same : byContent.values()) {
        if (same.size() > 1) {
          Seen first = same.get(0);
          found.add(
              new Duplicate(
                  sorted(
                      same.stream().map(s -> new Place(s.part, s.name, "equal pixels")).toList()),
                  same.stream().anyMatch(s -> s.part != first.part),
                  same.stream().anyMatch(s -> s.label != first.label)));
        }
      }
      found.sort((a, b) -> a.places.get(0).name.compareTo(b.places.get(0).name));
      return List.copyOf(found);
    }
  }
}
