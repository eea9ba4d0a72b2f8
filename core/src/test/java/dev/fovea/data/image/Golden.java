package dev.fovea.data.image;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** Files that {@code make_golden.py} wrote with Pillow. */
public final class Golden {
  private Golden() {}

  public static byte[] bytes(String name) throws IOException {
    try (InputStream in = Golden.class.getResourceAsStream("/data/golden/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  public static Image image(String name) throws IOException {
    try (DataInputStream in =
        new DataInputStream(
            Objects.requireNonNull(
                Golden.class.getResourceAsStream("/data/golden/" + name), name))) {
      return next(in);
    }
  }

  public static Image next(DataInputStream in) throws IOException {
    int w = in.readInt();
    int h = in.readInt();
    return new Image(w, h, in.readNBytes(w * h * 3));
  }
}
