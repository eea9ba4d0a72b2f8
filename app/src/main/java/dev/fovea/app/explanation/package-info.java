/**
 * What {@code fovea explain} writes: overlays, raw maps, lines of text and JSON, and the pages.
 *
 * <p>Concepts: an overlay shows a signed {@link dev.fovea.explanation.HeatMap} over the picture in
 * gray, red for and blue against the class; an {@link
 * dev.fovea.app.explanation.ExplanationFolder} is what one call leaves behind, complete after every
 * image. Reading order: {@link dev.fovea.app.explanation.ClassChoice}, {@link
 * dev.fovea.app.explanation.BoxFile}, {@link dev.fovea.app.explanation.Overlay}, {@link
 * dev.fovea.app.explanation.ExplanationFolder}. Next: package {@link dev.fovea.app.command}.
 */
@NullMarked
package dev.fovea.app.explanation;

import org.jspecify.annotations.NullMarked;
