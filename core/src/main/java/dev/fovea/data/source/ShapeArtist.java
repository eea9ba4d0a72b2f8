package dev.fovea.data.source;

import dev.fovea.data.image.Image;
import dev.fovea.tensor.Rng;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Draws one image of {@link SyntheticShapes} from signed distances.
 *
 * <p>All arithmetic uses double and {@link StrictMath}, so every machine draws the same bytes.
 */
final class ShapeArtist {
  static final List<String> CLASSES =
      List.of(
          "bar",
          "corner",
          "crescent",
          "cross",
          "disc",
          "hourglass",
          "ring",
          "square",
          "star",
          "triangle");

  private static final double[] STAR = polygon(10, 0.4);
  private static final double[] TRIANGLE = polygon(3, 1);

  private final int size;
  private final Rng rng;
  private final double[] canvas;

  ShapeArtist(int size, Rng rng) {
    this.size = size;
    this.rng = rng;
    this.canvas = new double[size * size * 3];
  }

  Image draw(int label) {
    double[] ground = color();
    paint(ground, Pattern.random(rng, 22));
    int distractors = 1 + rng.nextInt(4);
    for (int i = 0; i < distractors; i++) {
      distract();
    }
    double[] color = contrasting(ground);
    Place place = Place.of(rng, size, 0.27, 0.42);
    fill(place, label, color, Pattern.random(rng, 18));
    return render();
  }

  /** The position of a shape: center and radius in pixels, and rotation. */
  private record Place(double x, double y, double radius, double cos, double sin) {
    static Place of(Rng rng, int size, double least, double most) {
      double radius = size * rng.nextDouble(least, most);
      double margin = Math.min(size * 0.5, radius);
      double angle = rng.nextDouble(0, 2 * Math.PI);
      double x = rng.nextDouble(margin, size - margin);
      double y = rng.nextDouble(margin, size - margin);
      return new Place(x, y, radius, StrictMath.cos(angle), StrictMath.sin(angle));
    }
  }

  /** A plane wave added to a color, on the scale 0..255. */
  private record Pattern(double kx, double ky, double phase, double strength) {
    static Pattern random(Rng rng, double most) {
      double angle = rng.nextDouble(0, 2 * Math.PI);
      double frequency = rng.nextDouble(1, 6) * 2 * Math.PI;
      return new Pattern(
          frequency * StrictMath.cos(angle),
          frequency * StrictMath.sin(angle),
          rng.nextDouble(0, 2 * Math.PI),
          rng.nextDouble(0, most));
    }

    double at(double u, double v) {
      return strength * StrictMath.sin(kx * u + ky * v + phase);
    }
  }

  private double[] color() {
    return new double[] {rng.nextDouble(20, 235), rng.nextDouble(20, 235), rng.nextDouble(20, 235)};
  }

  private double[] contrasting(double[] ground) {
    double[] c = color();
    while (distance(c, ground) < 110) {
      c = color();
    }
    return c;
  }

  private static double distance(double[] a, double[] b) {
    double r = a[0] - b[0];
    double g = a[1] - b[1];
    double u = a[2] - b[2];
    return Math.sqrt(r * r + g * g + u * u);
  }

  private void paint(double[] color, Pattern pattern) {
    double slopeX = rng.nextDouble(-35, 35);
    double slopeY = rng.nextDouble(-35, 35);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        double u = (x + 0.5) / size;
        double v = (y + 0.5) / size;
        double add = slopeX * (u - 0.5) + slopeY * (v - 0.5) + pattern.at(u, v);
        for (int c = 0; c < 3; c++) {
          canvas[(y * size + x) * 3 + c] = color[c] + add;
        }
      }
    }
  }

  /** A dot or a short stroke, much smaller than any shape. */
  private void distract() {
    Place place = Place.of(rng, size, 0.04, 0.1);
    double thick = rng.nextBoolean() ? 1 : 0.35;
    double[] color = color();
    cover(place, color, null, (x, y) -> Math.max(Math.abs(x), Math.abs(y) / thick) - 0.9);
  }

  private void fill(Place place, int label, double[] color, Pattern pattern) {
    cover(place, color, pattern, (x, y) -> distance(label, x, y));
  }

  /** Signed distance in units of the radius. */
  private interface Outline {
    double at(double x, double y);
  }

  private void cover(Place p, double[] color, @Nullable Pattern pattern, Outline outline) {
    int reach = (int) Math.ceil(p.radius * 1.3 + 1);
    for (int y = Math.max(0, (int) p.y - reach); y < Math.min(size, (int) p.y + reach + 1); y++) {
      for (int x = Math.max(0, (int) p.x - reach); x < Math.min(size, (int) p.x + reach + 1); x++) {
        double dx = (x + 0.5 - p.x) / p.radius;
        double dy = (y + 0.5 - p.y) / p.radius;
        double d = outline.at(dx * p.cos + dy * p.sin, dy * p.cos - dx * p.sin) * p.radius;
        double alpha = Math.max(0, Math.min(1, 0.5 - d));
        if (alpha > 0) {
          double add = pattern == null ? 0 : pattern.at((x + 0.5) / size, (y + 0.5) / size);
          for (int c = 0; c < 3; c++) {
            int o = (y * size + x) * 3 + c;
            canvas[o] += alpha * (color[c] + add - canvas[o]);
          }
        }
      }
    }
  }

  private static double distance(int label, double x, double y) {
    return switch (CLASSES.get(label)) {
      case "bar" -> box(x, y, 0.98, 0.24);
      case "corner" -> Math.min(box(x + 0.5, y, 0.25, 0.8), box(x - 0.05, y - 0.55, 0.8, 0.25));
      case "crescent" -> Math.max(Math.hypot(x, y) - 0.92, 0.74 - Math.hypot(x - 0.45, y));
      case "cross" -> Math.min(box(x, y, 0.92, 0.25), box(x, y, 0.25, 0.92));
      case "disc" -> Math.hypot(x, y) - 0.85;
      case "hourglass" -> Math.max((Math.abs(x) - 0.75 * Math.abs(y)) * 0.8, Math.abs(y) - 0.9);
      case "ring" -> Math.abs(Math.hypot(x, y) - 0.7) - 0.2;
      case "square" -> box(x, y, 0.72, 0.72);
      case "star" -> polygon(STAR, x, y);
      default -> polygon(TRIANGLE, x, y);
    };
  }

  private static double box(double x, double y, double w, double h) {
    return Math.max(Math.abs(x) - w, Math.abs(y) - h);
  }

  /** Corners on the unit circle, with every other one moved in to radius {@code inner}. */
  private static double[] polygon(int corners, double inner) {
    double[] p = new double[corners * 2];
    for (int i = 0; i < corners; i++) {
      double r = i % 2 == 1 && inner < 1 ? inner : 1;
      p[2 * i] = r * StrictMath.cos(2 * Math.PI * i / corners);
      p[2 * i + 1] = r * StrictMath.sin(2 * Math.PI * i / corners);
    }
    return p;
  }

  private static double polygon(double[] p, double x, double y) {
    double nearest = Double.MAX_VALUE;
    boolean inside = false;
    int n = p.length / 2;
    for (int i = 0, j = n - 1; i < n; j = i++) {
      double ex = p[2 * j] - p[2 * i];
      double ey = p[2 * j + 1] - p[2 * i + 1];
      double wx = x - p[2 * i];
      double wy = y - p[2 * i + 1];
      double t = Math.max(0, Math.min(1, (wx * ex + wy * ey) / (ex * ex + ey * ey)));
      double bx = wx - ex * t;
      double by = wy - ey * t;
      nearest = Math.min(nearest, bx * bx + by * by);
      if (p[2 * i + 1] > y != p[2 * j + 1] > y && x < ex * (y - p[2 * i + 1]) / ey + p[2 * i]) {
        inside = !inside;
      }
    }
    return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
  }

  private Image render() {
    double noise = rng.nextDouble(2, 12);
    byte[] rgb = new byte[canvas.length];
    for (int i = 0; i < rgb.length; i++) {
      // The sum of two uniform numbers approximates a normal one at a tenth of the cost.
      double n = (rng.nextDouble() + rng.nextDouble() - 1) * 2.45 * noise;
      rgb[i] = (byte) Math.max(0, Math.min(255, (int) (canvas[i] + n + 0.5)));
    }
    return new Image(size, size, rgb);
  }
}
