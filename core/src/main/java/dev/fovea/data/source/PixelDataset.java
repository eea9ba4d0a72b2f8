package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.tensor.Decimals;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;

/**
 * Images of equal size, held in memory as one array (N, H, W, 3).
 *
 * <p>Implementation note: the array is limited to 2^31 bytes; 60,000 images of 32x32 take a tenth
 * of that.
 */
final class PixelDataset implements Dataset {
  /** Everything about a data set except its pixels. */
  record Labels(
      String description, List<String> classes, int[] labels, IntFunction<String> names) {}

  private final Labels about;
  private final int width;
  private final int height;
  private final byte[] pixels;

  PixelDataset(Labels about, int width, int height, byte[] pixels) {
    if ((long) about.labels.length * width * height * 3 != pixels.length) {
      throw new DataException(
          about.description
              + ": "
              + Decimals.count(about.labels.length, "image")
              + " of "
              + width
              + "x"
              + height
              + " do not fill "
              + pixels.length
              + " bytes");
    }
    this.about = about;
    this.width = width;
    this.height = height;
    this.pixels = pixels;
  }

  /** Converts gray or color planes (N, C, H, W) to interleaved RGB; gray is replicated. */
  static byte[] interleave(byte[] planes, int count, int channels, int area) {
    byte[] rgb = new byte[Math.toIntExact((long) count * area * 3)];
    for (int i = 0; i < count; i++) {
      for (int c = 0; c < 3; c++) {
        int from = (i * channels + Math.min(c, channels - 1)) * area;
        int to = i * area * 3 + c;
        for (int p = 0; p < area; p++, to += 3) {
          rgb[to] = planes[from + p];
        }
      }
    }
    return rgb;
  }

  @Override
  public String description() {
    return about.description;
  }

  @Override
  public List<String> classes() {
    return about.classes;
  }

  @Override
  public int size() {
    return about.labels.length;
  }

  @Override
  public int label(int i) {
    return about.labels[i];
  }

  @Override
  public String name(int i) {
    return about.names.apply(i);
  }

  @Override
  public long bytes(int i) {
    return (long) width * height * 3;
  }

  @Override
  public long checksum(int i) {
    CRC32C crc = new CRC32C();
    int length = width * height * 3;
    crc.update(pixels, i * length, length);
    return crc.getValue();
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return Optional.empty();
  }

  @Override
  public Image image(int i) {
    int length = width * height * 3;
    int from = Math.multiplyExact(i, length);
    return new Image(width, height, Arrays.copyOfRange(pixels, from, from + length));
  }

  @Override
  public void close() {}
}
