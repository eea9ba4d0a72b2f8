package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;

/**
 * Pads all sides by {@code pad} pixels, then takes a random crop of the original size.
 *
 * @param pad pixels on every side
 * @param padding what the border is filled with
 */
public record PadCrop(int pad, Padding padding) implements Augment {
  /** How the padding is filled. */
  public enum Padding {
    /** Black, before normalization, as torchvision's {@code RandomCrop(padding=4)}. */
    ZERO,
    /** The image mirrored at its edge, without repeating the edge pixels. */
    REFLECT
  }

  /** Checks the range. */
  public PadCrop {
    if (pad < 0 || pad > 1 << 16) {
      throw new DataException("pad-and-crop: the padding must lie in 0..65536, got " + pad);
    }
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    int dx = draw.rng().nextInt(2 * pad + 1) - pad;
    int dy = draw.rng().nextInt(2 * pad + 1) - pad;
    return padding == Padding.ZERO ? in.crop(dx, dy, in.width(), in.height()) : reflect(in, dx, dy);
  }

  /**
   * The part of {@code in} that begins {@code dx} columns and {@code dy} rows further, of the same
   * size, mirrored at the edges.
   *
   * @throws DataException if the image is not larger than the shift
   */
  public static Image reflect(Image in, int dx, int dy) {
    int w = in.width();
    int h = in.height();
    if (Math.abs(dx) >= w || Math.abs(dy) >= h) {
      throw new DataException(
          "pad-and-crop: an image of "
              + w
              + "x"
              + h
              + " cannot be reflected "
              + Math.max(Math.abs(dx), Math.abs(dy))
              + " pixels deep; use less padding");
    }
    Image out = Image.black(w, h);
    int inner0 = Math.max(0, -dx);
    int inner1 = Math.min(w, w - dx);
    for (int y = 0; y < h; y++) {
      int from = mirror(y + dy, h) * w;
      int to = y * w;
      System.arraycopy(
          in.rgb(), (from + inner0 + dx) * 3, out.rgb(), (to + inner0) * 3, (inner1 - inner0) * 3);
      for (int x = 0; x < w; x++) {
        if (x < inner0 || x >= inner1) {
          System.arraycopy(in.rgb(), (from + mirror(x + dx, w)) * 3, out.rgb(), (to + x) * 3, 3);
        }
      }
    }
    return out;
  }

  private static int mirror(int i, int n) {
    return i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
  }
}
