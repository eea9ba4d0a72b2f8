/**
 * HTML pages of training runs, evaluations, studies, learning rate tests and explanations:
 * self-contained files without scripts.
 *
 * <p>A {@link dev.fovea.app.report.RunReport} holds the content as plain values, {@link
 * dev.fovea.app.report.ReportPage} renders it as HTML within the frame of {@link
 * dev.fovea.app.report.Page}, and {@link dev.fovea.app.report.LineChart} draws its curves as SVG.
 * {@link dev.fovea.app.report.EvalPage}, {@link dev.fovea.app.report.StudyPage}, {@link
 * dev.fovea.app.report.LrFindPage} and {@link dev.fovea.app.report.ExplainPage} do the same for
 * other results. All external text, such as class names, passes through {@link
 * dev.fovea.app.report.Html}. Reading order: as named. Next: package {@link dev.fovea.app.machine}.
 */
@NullMarked
package dev.fovea.app.report;

import org.jspecify.annotations.NullMarked;
