package dev.fovea.data.source;

/**
 * An image that could not be read or decoded.
 *
 * @param index its index in the data set
 * @param name its path in the source
 * @param reason the error message, which names the image
 */
public record BadImage(int index, String name, String reason) {}
