/**
 * Figures for Prometheus: its text format (decision 0340), histograms, requests, and what the
 * process takes.
 *
 * <p>Labels hold only what is known when a server starts: names of models, routes, kinds of
 * outcome. Nothing that a request brings becomes a label, or anyone could fill the memory of the
 * server and of whoever reads its figures.
 *
 * <p>Reading order: {@link dev.fovea.server.metrics.Exposition}, {@link
 * dev.fovea.server.metrics.Histogram}, {@link dev.fovea.server.metrics.RequestFigures}, {@link
 * dev.fovea.server.metrics.ProcessFigures}. Next package: {@code dev.fovea.server.model}.
 */
@NullMarked
package dev.fovea.server.metrics;

import org.jspecify.annotations.NullMarked;
