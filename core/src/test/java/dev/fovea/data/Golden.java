package dev.fovea.data;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** Files that {@code make_golden.py} wrote with Pillow. */
final class Golden {
  private Golden() {}

  static byte[] bytes(String name) throws IOException {
    try (InputStream in = Golden.class.getResourceAsStream("/data/golden/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  static Image image(String name) throws IOException {
    try (DataInputStream in =
        new DataInputStream(
            Objects.requireNonNull(
                Golden.class.getResourceAsStream("/data/golden/" + name), name))) {
      return next(in);
    }
  }

  static Image next(DataInputStream in) throws IOException {
    int w = in.readInt();
    int h = in.readInt();
    return new Image(w, h, in.readNBytes(w * h * 3));
  }
}
