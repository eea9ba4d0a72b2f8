/**
 * The networks we know: one file per family, one explicit list of names.
 *
 * <p>A model is written as a name with options, {@code resnet56(shortcut=B)}, and becomes a {@link
 * dev.fovea.graph.Graph} for any number of classes and any input that its windows fit into.
 * Parameters are named as in the public implementation that {@link dev.fovea.models.ModelInfo}
 * gives as source, so that foreign weights load by name.
 *
 * <p>Reading order: {@link dev.fovea.models.Models} (the list and the way in), {@link
 * dev.fovea.models.ModelInfo}, {@link dev.fovea.models.ModelOption}, then the families, of which
 * {@code CifarResNet} is the shortest. A new family is one file with a list of entries, added to
 * the list in {@code Models}, with its counts in the table of the tests. Next: package {@code
 * dev.fovea.autodiff}, from a network to its gradients.
 */
@NullMarked
package dev.fovea.models;

import org.jspecify.annotations.NullMarked;
