package dev.fovea.data.decode;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.MalformedImage;

/**
 * What the first bytes of an image say about it, read without decoding a pixel.
 *
 * @param format found from the magic number
 * @param width pixels per row before the orientation is applied
 * @param height rows before the orientation is applied
 * @param colour how the file stores colour
 * @param bits bits per sample
 * @param orientation EXIF orientation 1..8; 1 where the file has none
 */
public record ImageHeader(
    ImageFormat format, int width, int height, Colour colour, int bits, int orientation) {
  /** How a file stores colour. */
  public enum Colour {
    /** One channel. */
    GREY,
    /** One channel and alpha. */
    GREY_ALPHA,
    /** Red, green and blue (or luma and chroma). */
    RGB,
    /** Three colours and alpha. */
    RGB_ALPHA,
    /** Indices into a table of colours. */
    PALETTE,
    /** Four printing inks (CMYK or YCCK). */
    CMYK
  }

  /** Pixels in the image. */
  public long pixels() {
    return (long) width * height;
  }

  /**
   * Reads the header of {@code bytes}.
   *
   * @param name names the file in errors
   * @throws DataException if the bytes are of no known format, the header is cut off, or a
   *     dimension is zero
   */
  public static ImageHeader read(byte[] bytes, String name) {
    try {
      ImageHeader h = HeaderReader.read(bytes);
      if (h.width < 1 || h.height < 1) {
        throw new MalformedImage("its header says " + h.width + "x" + h.height + " pixels");
      }
      return h;
    } catch (MalformedImage | IndexOutOfBoundsException e) {
      MalformedImage why =
          e instanceof MalformedImage m ? m : new MalformedImage("the file ends inside its header");
      throw new DataException(
          "cannot read image " + name + ": " + why.getMessage() + "; " + why.advice(), e);
    }
  }
}
