/**
 * Measures on graphs what the papers say about the structure of networks.
 *
 * <p>It neither changes nor runs networks. Reading order: {@link dev.fovea.analysis.NetworkModule}
 * (a graph divided into modules), {@link dev.fovea.analysis.Factorization} (multiply-adds saved by
 * factorized convolutions), {@link dev.fovea.analysis.GridReduction} and {@link
 * dev.fovea.analysis.DesignPrinciples} (Szegedy et al. 2015, arXiv 1512.00567, sections 2 and 5).
 * Next: package {@link dev.fovea.autodiff}.
 */
@NullMarked
package dev.fovea.analysis;

import org.jspecify.annotations.NullMarked;
