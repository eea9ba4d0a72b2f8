package dev.fovea.data;

import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import dev.fovea.train.Variation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What every augmentation costs one thread: {@code AugmentProfile [MILLISECONDS]} prints pictures
 * per second and microseconds per picture, for CIFAR's size and for ImageNet's pictures of 500x375
 * at 224.
 */
final class AugmentProfile {
  private static final int SMALL_BATCH = 128;
  private static final int LARGE_BATCH = 16;

  private AugmentProfile() {}

  /** Measures and prints. */
  public static void main(String[] args) {
    int millis = args.length > 0 ? Integer.parseInt(args[0]) : 400;
    List<String> words = new ArrayList<>(Variation.presets().keySet());
    words.addAll(Variation.words());
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

  // Without a change that sets the size, pictures have the network's size already.
  private static double seconds(String word, int side, int w, int h, int batch, int millis) {
    Shape input = Shape.of(3, side, side);
    Variation variation = Variation.of(List.of(word), input);
    boolean fits = variation.augments().stream().noneMatch(Augment::setsSize);
    Image[] pictures = new Image[8];
    for (int i = 0; i < pictures.length; i++) {
      pictures[i] = fits ? picture(side, side, i) : picture(w, h, i);
    }
    Normaliser normaliser = new Normaliser(Variation.preprocessing("auto", input));
    BatchFormat format = new BatchFormat(batch, 3, side, side, DType.F32);
    BatchBuffer buffer = new BatchBuffer(format, b -> {});
    BatchBuffer.Row row = new BatchBuffer.Row(format);
    long done = 0;
    long start = System.nanoTime();
    long warm = start + millis * 1_000_000L;
    long end = warm + millis * 1_000_000L;
    boolean measuring = false;
    for (int round = 0; System.nanoTime() < end; round++) {
      if (!measuring && System.nanoTime() >= warm) {
        measuring = true;
        done = 0;
        start = System.nanoTime();
      }
      for (int i = 0; i < batch; i++) {
        Augment.Draw draw =
            new Augment.Draw(Rng.of(1, round, i), normaliser.meanColour(), normaliser.deviation());
        Image image = pictures[i % pictures.length];
        for (Augment a : variation.augments()) {
          image = a.apply(image, draw);
        }
        normaliser.floats(image, row.floats);
        buffer.store(i, i, 0, row);
      }
      variation.mixing().mix(buffer, batch, Loader.mixingNumbers(1, round, 0));
      done += batch;
    }
    return (System.nanoTime() - start) / 1e9 / done;
  }

  private static Image picture(int w, int h, int seed) {
    Image out = Image.black(w, h);
    Rng rng = Rng.of(seed, 0, 0);
    for (int i = 0; i < out.rgb().length; i++) {
      int x = i / 3 % w;
      int y = i / 3 / w;
      int level = 60 + 120 * (i % 3 == 0 ? x : y) / (i % 3 == 0 ? w : h) + rng.nextInt(40);
      out.rgb()[i] = (byte) level;
    }
    return out;
  }
}
