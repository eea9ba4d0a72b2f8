package dev.fovea.bench.load;

import dev.fovea.bench.BenchException;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** JPEG files to ask about. */
public final class Pictures {
  private static final int CELLS = 8;
  private static final int GRAIN = 12;

  private Pictures() {}

  /**
   * Makes pictures with structure and grain, about 8 KB for 224 pixels.
   *
   * @param side width and height in pixels
   */
  public static List<byte[]> generated(int count, int side) {
    JpegEncoder encoder = new JpegEncoder(90, ChromaSampling.parse("4:2:0"));
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(encoder.encode(image(side, new SplittableRandom(i))));
    }
    return all;
  }

  /** Random colors on a coarse grid, interpolated linearly, with noise. */
  private static Image image(int side, SplittableRandom random) {
    double[] grid = random.doubles(3L * (CELLS + 1) * (CELLS + 1), 0, 255).toArray();
    byte[] rgb = new byte[3 * side * side];
    for (int y = 0; y < side; y++) {
      double v = (double) y * CELLS / side;
      for (int x = 0; x < side; x++) {
        double u = (double) x * CELLS / side;
        for (int c = 0; c < 3; c++) {
          double top = between(grid, (int) v, u, c);
          double bottom = between(grid, (int) v + 1, u, c);
          double value = top + (v - (int) v) * (bottom - top) + random.nextInt(-GRAIN, GRAIN + 1);
          rgb[3 * (y * side + x) + c] = Image.clip((int) Math.round(value));
        }
      }
    }
    return new Image(side, side, rgb);
  }

  private static double between(double[] grid, int row, double u, int channel) {
    int left = 3 * (row * (CELLS + 1) + (int) u) + channel;
    return grid[left] + (u - (int) u) * (grid[left + 3] - grid[left]);
  }

  /** The first JPEG files of a folder and of those in it, by name. */
  public static List<byte[]> of(Path folder, int most) {
    try (Stream<Path> files = Files.walk(folder)) {
      List<byte[]> all = new ArrayList<>();
      for (Path file :
          files.filter(f -> f.toString().endsWith(".jpg")).sorted().limit(most).toList()) {
        all.add(Files.readAllBytes(file));
      }
      if (all.isEmpty()) {
        throw new BenchException("there are no .jpg files in " + folder);
      }
      return all;
    } catch (IOException e) {
      throw new BenchException("cannot read the pictures in " + folder + ": " + e.getMessage(), e);
    }
  }
}
