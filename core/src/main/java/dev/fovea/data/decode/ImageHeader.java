package dev.fovea.data.decode;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.MalformedImage;

/**
 * The header of an encoded image, read without decoding pixels.
 *
 * @param format detected by the magic number
 * @param width pixels per row before the orientation is applied
 * @param height rows before the orientation is applied
 * @param color how the file stores color
 * @param bits bits per sample
 * @param orientation EXIF orientation 1..8; 1 if the file has none
 */
public record ImageHeader(
    ImageFormat format, int width, int height, Color color, int bits, int orientation) {
  /** How a file stores color. */
  public enum Color {
    /** One channel. */
    GREY,
    /** One channel and alpha. */
    GREY_ALPHA,
    /** Red, green and blue (or luma and chroma). */
    RGB,
    /** Red, green, blue and alpha. */
    RGB_ALPHA,
    /** Indices into a color table. */
    PALETTE,
    /** Four printing inks (CMYK or YCCK). */
    CMYK
  }

  /** The number of pixels, width x height. */
  public long pixels() {
    return (long) width * height;
  }

  /**
   * Reads the header of {@code bytes}.
   *
   * @param name the file's name for messages
   * @throws DataException if the format is not supported, the header is truncated, or a dimension
   *     is zero
   */
  public static ImageHeader read(byte[] bytes, String name) {
    try {
      ImageHeader h = HeaderReader.read(bytes);
      if (h.width < 1 || h.height < 1) {
        throw new MalformedImage("its header claims " + h.width + "x" + h.height + " pixels");
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
