package dev.fovea.pack;

import dev.fovea.data.source.Dataset;

/**
 * A split to be packed.
 *
 * @param split names its shards: {@code train}, {@code val} or {@code test}
 * @param set its pictures; stays the caller's
 */
public record PackPart(String split, Dataset set) {}
