package dev.fovea.data.jpeg;

import dev.fovea.data.image.UnsupportedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * Sizes of a frame that is shrunk while it is decoded.
 *
 * <p>Where chroma is stored with fewer samples than luma, its blocks are shrunk less, so that it
 * need not be stretched again. Source: {@code jpeg_calc_output_dimensions} of libjpeg-turbo's
 * jdmaster.c, {@code jinit_upsampler} of jdsample.c.
 *
 * @param width pixels per row
 * @param height rows
 * @param tileWidth pixels per row of an MCU
 * @param tileHeight rows of an MCU
 * @param planes the components
 */
record Layout(int width, int height, int tileWidth, int tileHeight, List<Plane> planes) {
  private static final int SIDE = 8;

  /**
   * The layout for a size of blocks.
   *
   * @param size samples of a block of luma on each side, 1 to 8
   * @throws UnsupportedImage if samples of a component would cover a fraction of pixels
   */
  static Layout of(Frame frame, int size) throws UnsupportedImage {
    List<Plane> planes = new ArrayList<>();
    for (Component c : frame.components()) {
      planes.add(plane(frame, c, size));
    }
    return new Layout(
        Frame.parts(frame.width() * size, SIDE),
        Frame.parts(frame.height() * size, SIDE),
        frame.h() * size,
        frame.v() * size,
        List.copyOf(planes));
  }

  private static Plane plane(Frame frame, Component c, int least) throws UnsupportedImage {
    int size = least;
    while (2 * size <= SIDE
        && frame.h() * least % (c.h() * size * 2) == 0
        && frame.v() * least % (c.v() * size * 2) == 0) {
      size *= 2;
    }
    int tileWidth = frame.h() * least;
    int tileHeight = frame.v() * least;
    if (tileWidth % (c.h() * size) != 0 || tileHeight % (c.v() * size) != 0) {
      throw new UnsupportedImage(
          "the JPEG has a component whose samples cover a fraction of pixels, which is not"
              + " supported");
    }
    int stretch = tileWidth / (c.h() * size);
    int stretchDown = tileHeight / (c.v() * size);
    int width = Frame.parts(frame.width() * c.h() * size, frame.h() * SIDE);
    int height = Frame.parts(frame.height() * c.v() * size, frame.v() * SIDE);
    boolean interpolated = least > 1 && stretch <= 2 && stretchDown <= 2;
    boolean wide = stretch == 1 || width > 2;
    return new Plane(
        size,
        c.h(),
        c.v(),
        width,
        height,
        stretch,
        stretchDown,
        interpolated && stretch == 2 && wide,
        interpolated && stretchDown == 2 && wide);
  }
}
