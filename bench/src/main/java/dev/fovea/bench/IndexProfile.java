package dev.fovea.bench;

import dev.fovea.data.image.Image;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Datasets;
import dev.fovea.data.source.Split;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Measures opening a set as large as ImageNet: {@code IndexProfile generate FOLDER} writes
 * 1,281,167 tiny pictures with labels in 147 WebDataset shards (2.6 GB), {@code IndexProfile open
 * FOLDER [READS]} opens them for training and prints the time until the data set is there, until
 * its fingerprint is known, the memory that it holds, and the time of random reads. The first
 * opening makes the index; delete the file {@code .fovea-*.index} in the folder to make it again.
 */
final class IndexProfile {
  private static final int IMAGES = 1_281_167;
  private static final int SHARDS = 147;
  private static final int CLASSES = 1000;
  private static final int SIDE = 160;
  private static final int BLOCK = 512;

  private IndexProfile() {}

  /** Runs the measurement. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[1]);
    switch (args[0]) {
      case "generate" -> generate(folder);
      case "open" -> open(folder, args.length > 2 ? Integer.parseInt(args[2]) : 0);
      default -> throw new BenchException("expected generate or open, got " + args[0]);
    }
  }

  private static void generate(Path folder) throws IOException {
    Files.createDirectories(folder);
    ImageIO.setUseCache(false);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY), "png", png);
    byte[] image = png.toByteArray();
    Random random = new Random(0);
    int n = 0;
    for (int s = 0; s < SHARDS; s++) {
      int last = (int) ((long) IMAGES * (s + 1) / SHARDS);
      Path file = folder.resolve(String.format(Locale.ROOT, "train-%06d.tar", s));
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
        for (; n < last; n++) {
          int label = random.nextInt(CLASSES);
          String key =
              String.format(
                  Locale.ROOT, "n%08d_%d", 1_440_764 + 7919 * label, random.nextInt(9999));
          member(out, key + "_" + n + ".png", image);
          member(
              out,
              key + "_" + n + ".cls",
              Integer.toString(label).getBytes(StandardCharsets.US_ASCII));
        }
        out.write(new byte[2 * BLOCK]);
      }
    }
  }

  /** A member with the fields of a header that readers need. */
  private static void member(OutputStream out, String name, byte[] content) throws IOException {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "0000644");
    put(header, 124, String.format(Locale.ROOT, "%011o", content.length));
    put(header, 136, "00000000000");
    put(header, 148, "        ");
    header[156] = '0';
    put(header, 257, "ustar\0" + "00");
    int sum = 0;
    for (byte b : header) {
      sum += b & 255;
    }
    put(header, 148, String.format(Locale.ROOT, "%06o\0", sum));
    out.write(header);
    out.write(content);
    out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static void open(Path folder, int reads) {
    long before = used();
    long start = System.nanoTime();
    int threads = Runtime.getRuntime().availableProcessors();
    DatasetOptions options = DatasetOptions.STANDARD.withThreads(threads);
    try (Dataset train = Datasets.open(folder, Split.TRAIN, options.withValFraction(0));
        Dataset held = Datasets.open(folder, Split.VAL, options)) {
      double opened = seconds(start);
      String fingerprint = train.fingerprint() + held.fingerprint();
      double known = seconds(start);
      long pixels = 0;
      Random random = new Random(1);
      long reading = System.nanoTime();
      for (int k = 0; k < reads; k++) {
        Image image = train.image(random.nextInt(train.size()));
        pixels += (long) image.width() * image.height();
      }
      double perRead = reads == 0 ? 0 : seconds(reading) / reads * 1e6;
      System.out.printf(
          Locale.ROOT,
          "%d images and %d held out of the same opened in %.2f s, fingerprint after %.2f s,"
              + " %.0f MB in use, %.0f us a random picture (%d pixels), %s%n",
          train.size(),
          held.size(),
          opened,
          known,
          (used() - before) / 1e6,
          perRead,
          pixels,
          fingerprint.substring(0, 8));
    }
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Bytes of live objects. */
  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int k = 0; k < 3; k++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
