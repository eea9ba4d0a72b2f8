package dev.fovea.data.source;

/**
 * A data set that knows the fingerprint of any selection of its images without looking at each of
 * them.
 */
interface Selectable {
  /** The fingerprint of these images, by their numbers in this set, in this order. */
  String fingerprint(int[] selection);
}
