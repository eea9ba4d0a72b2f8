package dev.fovea.convolution;

/**
 * A batch of activations in memory, in blocks of as many channels as a vector holds.
 *
 * @param address address of channel 0 of pixel (0, 0) of the first image
 * @param channels channels, padded to whole blocks
 * @param imageStride bytes between images
 * @param blockStride bytes between blocks of channels
 */
public record Activation(
    long address,
    Format format,
    int images,
    int channels,
    int height,
    int width,
    long imageStride,
    long blockStride) {

  int pixelStride(int block) {
    return block * format.bytes();
  }

  int rowStride(int block) {
    return width * pixelStride(block);
  }
}
