package dev.fovea.bench;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.image.Image;
import dev.fovea.data.loader.Augmentation;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;

/**
 * Measures the cost of every augmentation on one loader thread: {@code AugmentProfile
 * [MILLISECONDS]} prints images per second and microseconds per image, including normalization but
 * not decoding, for 32x32 images and for 500x375 images at a network input of 224x224.
 */
final class AugmentProfile {
  private static final int SMALL_BATCH = 128;
  private static final int LARGE_BATCH = 16;

  private AugmentProfile() {}

  /** Runs the measurement. */
  public static void main(String[] args) {
    int millis = args.length > 0 ? Integer.parseInt(args[0]) : 400;
    List<String> words = new ArrayList<>(Augmentation.presets().keySet());
    words.addAll(Augmentation.words());
    words.remove("mixing");
    words.addAll(
        List.of(
            "photometric(order=contrast-last)",
            "photometric(order=hue-last)",
            "jitter(hue=0.1)",
            "erasing(p=1,fill=noise)"));
    System.out.printf(
        Locale.ROOT, "%-34s %12s %10s %12s %10s%n", "", "32: 1/s", "us", "224: 1/s", "us");
    for (String word : words) {
      double small = seconds(word, 32, 32, 32, SMALL_BATCH, millis);
      double large = seconds(word, 224, 500, 375, LARGE_BATCH, millis);
      System.out.printf(
          Locale.ROOT,
          "%-34s %12.0f %10.2f %12.0f %10.1f%n",
          word,
          1 / small,
          small * 1e6,
          1 / large,
          large * 1e6);
    }
  }

  // Without an augmentation that sets the size, the images already have the network's size.
  private static double seconds(String word, int side, int w, int h, int batch, int millis) {
    Shape input = Shape.of(3, side, side);
    Augmentation variation = Augmentation.of(List.of(word), input);
    boolean fits = variation.augments().stream().noneMatch(Augment::setsSize);
    List<Image> images = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      images.add(fits ? image(side, side, i) : image(w, h, i));
    }
    BatchFormat format = new BatchFormat(batch, 3, side, side, DType.F32);
    try (Loader loader =
        Loader.training(
            new Repeated(images, 64 * batch),
            variation.augments(),
            Augmentation.preprocessing("auto", input),
            format,
            LoaderOptions.STANDARD,
            variation.mixing())) {
      run(loader, millis);
      return run(loader, millis);
    }
  }

  /** Seconds per image, measured over {@code millis} milliseconds. */
  private static double run(Loader loader, int millis) {
    long start = System.nanoTime();
    long images = 0;
    for (int epoch = 0; System.nanoTime() - start < millis * 1e6; epoch++) {
      try (Loader.Batches batches = loader.epoch(epoch)) {
        while (batches.hasNext() && System.nanoTime() - start < millis * 1e6) {
          try (Batch batch = batches.next()) {
            images += batch.count();
          }
        }
      }
    }
    return (System.nanoTime() - start) / 1e9 / images;
  }

  /** A few images in two classes, repeated. */
  private record Repeated(List<Image> images, int size) implements Dataset {
    @Override
    public String description() {
      return "repeated images";
    }

    @Override
    public List<String> classes() {
      return List.of("even", "odd");
    }

    @Override
    public int label(int i) {
      return i % 2;
    }

    @Override
    public String name(int i) {
      return Integer.toString(i);
    }

    @Override
    public long bytes(int i) {
      return image(i).rgb().length;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public Image image(int i) {
      return images.get(i % images.size());
    }

    @Override
    public void close() {
      // There is nothing to release.
    }
  }

  private static Image image(int w, int h, int seed) {
    byte[] rgb = new byte[3 * w * h];
    Random random = new Random(seed);
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % w;
      int y = i / 3 / w;
      int level = 60 + 120 * (i % 3 == 0 ? x : y) / (i % 3 == 0 ? w : h) + random.nextInt(40);
      rgb[i] = (byte) level;
    }
    return new Image(w, h, rgb);
  }
}
