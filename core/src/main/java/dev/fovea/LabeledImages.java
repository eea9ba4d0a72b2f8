package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.decode.PictureReader;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.RecordDataset;
import dev.fovea.data.source.Split;
import dev.fovea.tensor.Decimals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A data set: images with the names of their classes, from anywhere.
 *
 * <pre>{@code
 * LabeledImages images =
 *     LabeledImages.of(shop.products(), product -> shop.photo(product), product -> product.kind());
 * }</pre>
 *
 * <p>Immutable. Images are read when they are needed, by several threads, and in training once for
 * every epoch. One that cannot be read is left out; a run with more than one in a hundred stops.
 */
@Api(Api.Status.STABLE)
public final class LabeledImages {
  private final String name;
  private final Opening opening;

  /** Opens a split; the caller closes it. */
  private interface Opening {
    Dataset open(Split split, DatasetOptions options);
  }

  private LabeledImages(String name, Opening opening) {
    this.name = name;
    this.opening = opening;
  }

  /**
   * Images and labels in a list; the classes are the labels, sorted.
   *
   * @throws dev.fovea.data.image.DataException if the list is empty or a label is missing
   */
  public static LabeledImages of(List<Sample> samples) {
    List<Sample> kept = List.copyOf(samples);
    return records(kept, Sample::image, Sample::label, true);
  }

  /**
   * Images and labels of any records, for example rows of a database. The list must not change
   * while the images are in use.
   *
   * @param image gives the image of a record: a {@link Path}, {@code byte[]}, {@link
   *     java.io.InputStream}, {@link java.awt.image.BufferedImage} or {@link
   *     dev.fovea.data.image.Picture}; called by several threads whenever the image is needed, and
   *     always with the same result
   * @param label gives the name of its class; called once
   * @throws dev.fovea.data.image.DataException if the list is empty or a label is missing
   */
  public static <T> LabeledImages of(
      List<T> records, Function<? super T, ?> image, Function<? super T, String> label) {
    return records(records, image, label, false);
  }

  private static <T> LabeledImages records(
      List<T> records,
      Function<? super T, ?> image,
      Function<? super T, String> label,
      boolean kept) {
    List<String> labels = new ArrayList<>();
    records.forEach(r -> labels.add(label.apply(r)));
    String name = Decimals.count(records.size(), "image");
    RecordDataset set =
        new RecordDataset(
            name,
            labels,
            new RecordDataset.Images(
                i -> image.apply(records.get(i)),
                i -> kept ? PictureReader.name(image.apply(records.get(i)), i) : "image " + i,
                kept),
            List.of());
    return new LabeledImages(
        name,
        (split, options) -> Datasets.ofProgram(set, java.util.Optional.empty(), split, options));
  }

  /**
   * Images in class folders, an archive of them, shards or any other form that {@code fovea train
   * --data} takes. If the source has parts for training and validation, they are kept.
   *
   * @throws dev.fovea.data.image.DataException when the images are used, if there are none
   */
  public static LabeledImages in(Path folderOrArchive) {
    return new LabeledImages(
        folderOrArchive.toString(),
        (split, options) -> Datasets.open(folderOrArchive, split, options));
  }

  /** Returns the names of the classes, in their order. */
  public List<String> classes() {
    try (Dataset all = open(Split.ALL)) {
      return all.classes();
    }
  }

  /** Returns the number of images. */
  public int size() {
    try (Dataset all = open(Split.ALL)) {
      return all.size();
    }
  }

  /**
   * Returns the images that a {@link Training} trains on unless it is given others to validate on:
   * all but a tenth of every class, or the training part of a source that has one.
   */
  public LabeledImages trainingPart() {
    return part("training part of ", Split.TRAIN);
  }

  /** Returns the images that {@link #trainingPart} leaves out. */
  public LabeledImages validationPart() {
    return part("held-out part of ", Split.VAL);
  }

  private LabeledImages part(String what, Split part) {
    return new LabeledImages(what + name, (split, options) -> opening.open(part, options));
  }

  Dataset open(Split split) {
    return opening.open(split, DatasetOptions.STANDARD.withMemoryBytes(0));
  }

  Dataset open(Split split, DatasetOptions options) {
    return opening.open(split, options);
  }

  /** Describes the images in messages. */
  @Override
  public String toString() {
    return name;
  }
}
