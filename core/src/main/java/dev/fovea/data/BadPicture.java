package dev.fovea.data;

/**
 * A picture that could not be used.
 *
 * @param index its place in the data set
 * @param name its place in the source
 * @param reason the message that names it
 */
public record BadPicture(int index, String name, String reason) {}
