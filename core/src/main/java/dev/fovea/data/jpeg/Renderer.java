package dev.fovea.data.jpeg;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Makes RGB bytes of the samples of bands. Used by one thread. */
final class Renderer {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private final Layout layout;
  private final Window window;
  private final ColorConversion color;
  private final Upsampling[] components;
  private final int[][] pixels;

  Renderer(Layout layout, Window window, ColorConversion color, Lanes lanes) {
    this.layout = layout;
    this.window = window;
    this.color = color;
    this.components = new Upsampling[layout.planes().size()];
    for (int c = 0; c < components.length; c++) {
      components[c] = new Upsampling(layout.planes().get(c), c, lanes);
    }
    this.pixels = lanes.take(layout.tileWidth());
  }

  /** Where rows go: an array whose first row is row {@code top} of the image. */
  record Target(byte[] rgb, int top) {}

  /**
   * Completes the samples of a band after its transform, before it or the one above is rendered.
   */
  void extend(Band band, int rows) {
    for (Upsampling component : components) {
      component.extend(band, window, rows);
    }
  }

  /**
   * Renders a band.
   *
   * @param place rows of MCUs above it
   * @param rows its rows of MCUs
   * @param next the band below, whose samples are needed; none at the bottom of the window
   */
  void render(Band band, int place, int rows, @Nullable Band next, Target target) {
    int wide = window.wide();
    int lanes = rows * wide;
    for (Upsampling component : components) {
      component.start(band, place, rows, window, next);
    }
    int[][][] upsampled = new int[components.length][][];
    int[][] in = new int[components.length][];
    for (int y = 0; y < layout.tileHeight(); y++) {
      for (int c = 0; c < components.length; c++) {
        upsampled[c] = components[c].row(band, y, wide, lanes);
      }
      for (int x = 0; x < pixels.length; x++) {
        for (int c = 0; c < in.length; c++) {
          in[c] = upsampled[c][x];
        }
        color.convert(in, pixels[x], lanes);
      }
      store(place, rows, y, target);
    }
    for (Upsampling component : components) {
      component.end(band, rows, window);
    }
  }

  /** Stores row {@code y} of the MCUs, as far as it lies in the rectangle. */
  private void store(int place, int rows, int y, Target target) {
    int tile = layout.tileWidth();
    int boxLeft = window.box().left();
    int boxRight = boxLeft + window.box().width();
    int firstInside = Frame.parts(Math.max(0, boxLeft - window.left() * tile), tile);
    int behindInside = Math.max(firstInside, boxRight / tile - window.left());
    boolean pairs = tile % 2 == 0;
    for (int r = 0; r < rows; r++) {
      int row = (place + r) * layout.tileHeight() + y;
      if (row < window.box().top() || row >= window.box().top() + window.box().height()) {
        continue;
      }
      int lane = r * window.wide();
      int start = (row - target.top) * window.box().width() * 3;
      int inside = pairs ? Math.min(behindInside, window.wide()) : firstInside;
      for (int i = 0; i < window.wide(); i++) {
        if (i >= firstInside && i < inside) {
          continue;
        }
        int left = (window.left() + i) * tile - boxLeft;
        for (int x = Math.max(0, -left); x < Math.min(tile, boxRight - boxLeft - left); x++) {
          int o = start + (left + x) * 3;
          int pixel = pixels[x][lane + i];
          target.rgb[o] = (byte) pixel;
          target.rgb[o + 1] = (byte) (pixel >> 8);
          target.rgb[o + 2] = (byte) (pixel >> 16);
        }
      }
      if (inside > firstInside) {
        int o = start + ((window.left() + firstInside) * tile - boxLeft) * 3;
        for (int x = 0; x + 4 <= tile; x += 4) {
          storeFour(x, lane + firstInside, lane + inside, target.rgb, o + 3 * x, 3 * tile);
        }
        if (tile % 4 != 0) {
          int x = tile - 2;
          storeTwo(x, lane + firstInside, lane + inside, target.rgb, o + 3 * x, 3 * tile);
        }
      }
    }
  }

  private void storeTwo(int x, int from, int to, byte[] rgb, int at, int step) {
    int[] a = pixels[x];
    int[] b = pixels[x + 1];
    int o = at;
    for (int i = from; i < to; i++, o += step) {
      INT.set(rgb, o, a[i] | b[i] << 24);
      SHORT.set(rgb, o + 4, (short) (b[i] >>> 8));
    }
  }

  private void storeFour(int x, int from, int to, byte[] rgb, int at, int step) {
    int[] a = pixels[x];
    int[] b = pixels[x + 1];
    int[] c = pixels[x + 2];
    int[] d = pixels[x + 3];
    int o = at;
    for (int i = from; i < to; i++, o += step) {
      INT.set(rgb, o, a[i] | b[i] << 24);
      INT.set(rgb, o + 4, b[i] >>> 8 | c[i] << 16);
      INT.set(rgb, o + 8, c[i] >>> 16 | d[i] << 8);
    }
  }
}
