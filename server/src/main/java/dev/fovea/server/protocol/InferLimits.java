package dev.fovea.server.protocol;

/**
 * What one request may ask for.
 *
 * @param images images in one request, at least 1
 * @param pixels pixels of one image of datatype UINT8
 */
public record InferLimits(int images, long pixels) {}
