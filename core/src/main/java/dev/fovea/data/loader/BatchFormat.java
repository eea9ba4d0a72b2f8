package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.tensor.DType;

/**
 * The memory layout of a batch: dense (N, C, H, W) in native byte order.
 *
 * @param batch N, the number of images
 * @param channels C, 1 or 3
 * @param height H
 * @param width W
 * @param type F32 or BF16
 */
public record BatchFormat(int batch, int channels, int height, int width, DType type) {
  /** Checks the ranges, and that the batch fits in one Java buffer. */
  public BatchFormat {
    if (batch < 1 || height < 1 || width < 1 || channels != 1 && channels != 3) {
      throw new DataException(
          "a batch needs sizes of at least 1 and 1 or 3 channels, got "
              + batch
              + "x"
              + channels
              + "x"
              + height
              + "x"
              + width);
    }
    if (type != DType.F32 && type != DType.BF16) {
      throw new DataException("batches are F32 or BF16, got " + type);
    }
    double bytes = (double) batch * channels * height * width * type.bytes();
    if (bytes > Integer.MAX_VALUE - 64) {
      throw new DataException(
          "a batch of "
              + batch
              + "x"
              + channels
              + "x"
              + height
              + "x"
              + width
              + " needs "
              + (long) bytes
              + " bytes; the limit is 2 GiB; make the batch smaller");
    }
  }

  /** Elements per image, C x H x W. */
  public int imageElements() {
    return channels * height * width;
  }

  /** Bytes of the whole batch. */
  public int bytes() {
    return batch * imageElements() * type.bytes();
  }
}
