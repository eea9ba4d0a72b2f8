package dev.fovea.data.image;

import dev.fovea.tensor.Rng;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Small encoded images made on the spot. */
public final class TestImages {
  private TestImages() {}

  /** A PNG whose pixels depend on {@code number}. */
  public static byte[] png(int width, int height, int number) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    Rng rng = Rng.of(number, width, height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, rng.nextInt(1 << 24));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  /** A file with its folders. */
  public static Path put(Path root, String path, byte[] content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.write(file, content);
  }

  /** {@code perClass} PNGs in each of {@code root/class}. */
  public static void classes(Path root, int perClass, int side, String... classes)
      throws IOException {
    int n = root.toString().hashCode() & 0xffff;
    for (String c : classes) {
      for (int i = 0; i < perClass; i++) {
        put(root, c + "/" + c + String.format("%04d", i) + ".png", png(side, side, n++));
      }
    }
  }
}
