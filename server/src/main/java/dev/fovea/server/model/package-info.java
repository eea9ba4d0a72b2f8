/**
 * The models behind a server, without a word of HTTP: each has a name, answers, is replaced while
 * it answers, and counts what it does.
 *
 * <p>A {@link dev.fovea.server.model.ServedModel} is a name; what answers for it is a {@code
 * Generation}: one state of its file, opened and tested. When the file changes, the next generation
 * is opened and tested aside ({@code SelfTest}), new requests go to it, the old one answers what it
 * was asked and is closed. At most one generation more than there are models is open at any time.
 * Generations of all models take turns on the cores, batch by batch.
 *
 * <p>Reading order: {@link dev.fovea.server.model.ServedModels}, {@link
 * dev.fovea.server.model.ServedModel}, {@code Generation}, {@code SelfTest}, {@code FileWatch},
 * {@code AnswerCache}, {@code ModelFigures}.
 */
@NullMarked
package dev.fovea.server.model;

import org.jspecify.annotations.NullMarked;
