/**
 * The available networks: one file per family, one explicit list of names.
 *
 * <p>A model is written as a name with options, {@code resnet56(shortcut=B)}, and becomes a {@link
 * dev.fovea.graph.Graph} for any number of classes and any input that is large enough for its
 * windows. Parameters are named as in a public implementation, which each family names, so that its
 * weights load by name.
 *
 * <p>Reading order: {@link dev.fovea.models.Models} (the list and the entry point), {@link
 * dev.fovea.models.ModelInfo}, {@link dev.fovea.models.ModelOption}, then the families, of which
 * {@code CifarResNet} is the shortest. To add a family, write one file with its entries, append
 * them to the list in {@code Models}, and add their counts to the table in the tests. Next: package
 * {@code dev.fovea.analysis}, which measures networks.
 */
@NullMarked
package dev.fovea.models;

import org.jspecify.annotations.NullMarked;
