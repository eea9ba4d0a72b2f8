package dev.fovea.finetune;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.SafetensorsFile;
import dev.fovea.checkpoint.SafetensorsWriter;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.CropLoader;
import dev.fovea.data.loader.Crops;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.loader.LoaderTurns;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.ReadAhead;
import dev.fovea.logistic.FeatureSet;
import dev.fovea.program.InferenceProgram;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Computes what a trunk sees in images, a thousand at a time, and keeps each thousand in a file, so
 * that an interrupted computation goes on where it was. Used by one thread.
 *
 * @param program from images to features
 * @param kind says what decides the features; files of another kind are made again
 */
record FeatureExtraction(
    InferenceProgram program,
    Preprocessing preprocessing,
    int batch,
    int width,
    LoaderOptions loading,
    FinetuneFolder folder,
    Kind kind) {
  static final int PORTION = 1024;
  private static final String KEY = "fovea.features";
  private static final String SECONDS = "fovea.seconds";

  /**
   * What the features are of.
   *
   * @param trunk its file, for messages
   * @param key of everything that decides the features, besides the images
   */
  record Kind(String trunk, String key) {}

  /**
   * The features of a set.
   *
   * @param seconds that computing them took, in this session or an earlier one
   */
  record Extracted(FeatureSet set, double seconds) {}

  /**
   * Computes or reads the features of a set.
   *
   * @param part names the files
   * @param crops one view or two
   * @param done receives the number of images so far
   * @param stop polled between batches
   * @return empty if it was stopped
   * @throws DataException if a feature is not a number
   */
  Optional<Extracted> of(
      Dataset set, String part, Crops crops, IntConsumer done, BooleanSupplier stop) {
    List<FeatureSet> portions = new ArrayList<>();
    double seconds = 0;
    int begun = 0;
    for (int from = 0; from < set.size(); from = begun) {
      begun = Math.min(set.size(), from + PORTION);
      Path file = folder.features(part, portions.size());
      Optional<Extracted> found = read(file, crops, set.fingerprint());
      if (found.isEmpty()) {
        int first = from;
        int[] items = IntStream.range(from, begun).toArray();
        Dataset some = Datasets.select(set, items, set.description());
        long started = System.nanoTime();
        Optional<FeatureSet> made = compute(some, from, crops, n -> done.accept(first + n), stop);
        if (made.isEmpty()) {
          return Optional.empty();
        }
        found = Optional.of(new Extracted(made.get(), (System.nanoTime() - started) / 1e9));
        write(file, found.get(), set.fingerprint());
      }
      done.accept(begun);
      portions.add(found.get().set());
      seconds += found.get().seconds();
    }
    return Optional.of(new Extracted(joined(portions, crops), seconds));
  }

  /** The views that these crops make of an image. */
  static int views(Crops crops) {
    return crops == Crops.FLIP ? 2 : 1;
  }

  private FeatureSet joined(List<FeatureSet> portions, Crops crops) {
    if (portions.size() == 1) {
      return portions.get(0);
    }
    int n = portions.stream().mapToInt(FeatureSet::size).sum();
    int[] items = new int[n];
    int[] labels = new int[n];
    float[][] values = new float[n][];
    int at = 0;
    for (FeatureSet p : portions) {
      System.arraycopy(p.items(), 0, items, at, p.size());
      System.arraycopy(p.labels(), 0, labels, at, p.size());
      System.arraycopy(p.values(), 0, values, at, p.size());
      at += p.size();
    }
    return new FeatureSet(width, views(crops), items, labels, values);
  }

  // The loader does not own the set, and nothing else needs to be closed.
  private Optional<FeatureSet> compute(
      Dataset some, int offset, Crops crops, IntConsumer done, BooleanSupplier stop) {
    int views = views(crops);
    float[][] values = new float[some.size()][Math.multiplyExact(views, width)];
    int[] seen = new int[some.size()];
    int[] labels = new int[some.size()];
    float[] out = new float[batch * width];
    CropLoader.Lane lane =
        new CropLoader.Lane(
            crops,
            preprocessing,
            new BatchFormat(
                batch,
                preprocessing.channels(),
                preprocessing.height(),
                preprocessing.width(),
                program.inputType()));
    try (ReadAhead ahead = new ReadAhead(some);
        CropLoader loader =
            CropLoader.start(ahead, List.of(lane), loading.withTurns(LoaderTurns.BETWEEN_STEPS))) {
      for (Optional<CropLoader.Portion> next = loader.next();
          next.isPresent();
          next = loader.next()) {
        try (Batch images = next.get().batch()) {
          if (stop.getAsBoolean()) {
            return Optional.empty();
          }
          program.run(images.pixels(), out);
          for (int i = 0; i < images.count(); i++) {
            int item = images.item(i);
            requireFinite(out, i, some.name(item));
            labels[item] = images.labels()[i];
            System.arraycopy(out, i * width, values[item], seen[item]++ * width, width);
          }
        }
        done.accept(loader.finished());
      }
    }
    int[] whole = IntStream.range(0, seen.length).filter(i -> seen[i] == views).toArray();
    int[] all = IntStream.range(0, seen.length).toArray();
    FeatureSet readable = new FeatureSet(width, views, all, labels, values).rows(whole);
    int[] items = Arrays.stream(readable.items()).map(i -> i + offset).toArray();
    return Optional.of(new FeatureSet(width, views, items, readable.labels(), readable.values()));
  }

  private void requireFinite(float[] features, int row, String image) {
    for (int f = row * width; f < (row + 1) * width; f++) {
      if (!Float.isFinite(features[f])) {
        throw new DataException(
            "the features that "
                + kind.trunk
                + " computes from "
                + image
                + " are not all numbers (one is "
                + features[f]
                + "), so that no classifier can be fitted to them. Compute in more digits"
                + " (engine.precision=f32), check how images are prepared (data.preprocess), or use"
                + " another network");
      }
    }
  }

  private Optional<Extracted> read(Path path, Crops crops, String data) {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      String seconds = file.metadata().get(SECONDS);
      if (!(kind.key + data).equals(file.metadata().get(KEY)) || seconds == null) {
        return Optional.empty();
      }
      file.verify();
      int[] items = ints(file, "items");
      int[] labels = ints(file, "labels");
      float[] values = file.floats("values");
      int row = views(crops) * width;
      return values.length == items.length * row && labels.length == items.length
          ? Optional.of(
              new Extracted(
                  new FeatureSet(width, views(crops), items, labels, rows(values, row)),
                  Double.parseDouble(seconds)))
          : Optional.empty();
    } catch (CheckpointException e) {
      // A damaged file costs the time to make it again, and nothing else.
      return Optional.empty();
    }
  }

  private static float[][] rows(float[] values, int row) {
    float[][] rows = new float[values.length / row][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(values, i * row, (i + 1) * row);
    }
    return rows;
  }

  private static float[] joined(FeatureSet set) {
    int row = set.views() * set.width();
    float[] values = new float[Math.multiplyExact(set.size(), row)];
    for (int i = 0; i < set.size(); i++) {
      System.arraycopy(set.values()[i], 0, values, i * row, row);
    }
    return values;
  }

  private static int[] ints(SafetensorsFile file, String name) {
    LongBuffer longs = file.bytes(name).asLongBuffer();
    int[] values = new int[longs.remaining()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (int) longs.get(i);
    }
    return values;
  }

  private void write(Path path, Extracted made, String data) {
    FeatureSet set = made.set();
    new SafetensorsWriter()
        .metadata(Map.of(KEY, kind.key + data, SECONDS, Double.toString(made.seconds())))
        .longs("items", Arrays.stream(set.items()).asLongStream().toArray())
        .longs("labels", Arrays.stream(set.labels()).asLongStream().toArray())
        .floats("values", new int[] {set.size(), set.views(), set.width()}, () -> joined(set))
        .write(path);
  }
}
