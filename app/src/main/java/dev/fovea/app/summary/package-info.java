/**
 * Compares the structure and cost of networks; shows costs stated in papers beside computed ones.
 *
 * <p>Reading order: {@link dev.fovea.app.summary.ComparisonText}, {@link
 * dev.fovea.app.summary.ComparisonJson}. Next: package {@link dev.fovea.app.report}.
 */
@NullMarked
package dev.fovea.app.summary;

import org.jspecify.annotations.NullMarked;
