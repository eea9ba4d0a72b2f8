/**
 * What {@code fovea explain} writes: overlays, raw maps, lines of text and JSON, and the pages.
 *
 * <p>Concepts: an overlay ({@link dev.fovea.explanation.Overlay}) shows a signed map over the
 * picture in gray, red for and blue against the class; an {@link
 * dev.fovea.app.explanation.ExplanationFolder} is what one call leaves behind, complete after every
 * image. Reading order: {@link dev.fovea.app.explanation.TargetChoice} (what is asked), {@link
 * dev.fovea.app.explanation.ExplanationRun} (the images in turn), {@link
 * dev.fovea.app.explanation.Finding} (what one method found in one of them), {@link
 * dev.fovea.app.explanation.ExplanationFiles} and {@link
 * dev.fovea.app.explanation.ExplanationFolder} (what is written), {@link
 * dev.fovea.app.explanation.Summary} (over all images). Next: package {@link
 * dev.fovea.app.summary}.
 */
@NullMarked
package dev.fovea.app.explanation;

import org.jspecify.annotations.NullMarked;
