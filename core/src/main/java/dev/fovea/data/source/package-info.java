/**
 * Labeled images, wherever they come from: class folders, a labels file, CIFAR and IDX binaries, or
 * generated.
 *
 * <p>A {@link dev.fovea.data.source.Dataset} is an immutable list of labeled images that any thread
 * may read. {@link dev.fovea.data.source.Datasets} opens one; {@link
 * dev.fovea.data.source.ClassLayout} holds the splits and classes that {@link
 * dev.fovea.data.source.ClassFolders} or {@link dev.fovea.data.source.LabeledFiles} found. An
 * unreadable image is a {@link dev.fovea.data.source.BadImage}: it is reported by name and stops
 * the run only above a limit.
 *
 * <p>Reading order: {@link dev.fovea.data.source.Dataset}, {@link dev.fovea.data.source.Datasets},
 * {@link dev.fovea.data.source.DatasetOptions}, {@link dev.fovea.data.source.ClassFolders}, {@link
 * dev.fovea.data.source.ClassLayout}, {@link dev.fovea.data.source.FileDataset}. Next: package
 * {@link dev.fovea.data.loader}.
 */
@NullMarked
package dev.fovea.data.source;

import org.jspecify.annotations.NullMarked;
