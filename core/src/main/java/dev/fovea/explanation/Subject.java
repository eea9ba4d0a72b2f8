package dev.fovea.explanation;

import dev.fovea.data.image.Picture;

/**
 * An image to explain.
 *
 * @param name for messages
 */
public record Subject(String name, Picture picture) {}
