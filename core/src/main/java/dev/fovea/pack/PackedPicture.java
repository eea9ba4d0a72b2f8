package dev.fovea.pack;

/**
 * A picture as it is stored.
 *
 * @param file the encoded picture
 * @param suffix of its name: {@code jpg} or {@code ppm}
 */
record PackedPicture(byte[] file, String suffix) {}
