package dev.fovea.data.source;

/**
 * An image that could not be used.
 *
 * @param index its place in the data set
 * @param name its place in the source
 * @param reason the message that names it
 */
public record BadImage(int index, String name, String reason) {}
