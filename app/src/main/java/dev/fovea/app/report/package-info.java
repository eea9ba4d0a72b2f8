/**
 * The page of a training run: one HTML file that needs nothing else, no network and no script.
 *
 * <p>A {@link dev.fovea.app.report.RunReport} is the content as plain values; {@link
 * dev.fovea.app.report.ReportPage} sets it as HTML, {@link dev.fovea.app.report.LineChart} draws
 * its curves as SVG. Whatever comes from outside, class names first of all, passes through {@link
 * dev.fovea.app.report.Html}. Reading order: as named. Next: package {@code dev.fovea.app}, whose
 * listener fills the report while a run goes on.
 */
@NullMarked
package dev.fovea.app.report;

import org.jspecify.annotations.NullMarked;
