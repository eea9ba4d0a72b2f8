/**
 * Sums of batch normalization as machine code, where oneDNN has none: its normalizations compute
 * statistics only together with their result.
 *
 * <p>{@link dev.fovea.normalization.MomentsCode} computes means and squared deviations of parts of
 * a batch; what makes them those of the whole batch is a few additions per channel. The package
 * emits code and computes sizes; it takes no memory and runs nothing. Next: package {@code
 * dev.fovea.onednn.binding}.
 */
@NullMarked
package dev.fovea.normalization;

import org.jspecify.annotations.NullMarked;
