/**
 * Compares the structure and cost of networks, and checks costs stated in papers.
 *
 * <p>Reading order: {@link dev.fovea.app.summary.ComparisonText}, {@link
 * dev.fovea.app.summary.StatedClaims}. Next: package {@link dev.fovea.app.report}.
 */
@NullMarked
package dev.fovea.app.summary;

import org.jspecify.annotations.NullMarked;
