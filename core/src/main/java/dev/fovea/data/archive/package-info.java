/**
 * Access to files in folders, zip and tar archives.
 *
 * <p>A {@link dev.fovea.data.archive.Source} lists its files once, when it is opened, and reads any
 * of them at any time from any thread. A file that is not used becomes an {@link
 * dev.fovea.data.archive.IgnoredFile} with a reason. Pipes, devices, and links inside archives are
 * never opened.
 *
 * <p>Sets of millions of images in tar archives have a compact form of their own: {@link
 * dev.fovea.data.archive.TarShards} reads images by their numbers in an {@link
 * dev.fovea.data.archive.ImageIndex}, which {@code ShardListing} makes with a {@link
 * dev.fovea.data.archive.TarReader} and {@link dev.fovea.data.archive.ImageIndexFile} keeps.
 *
 * <p>Reading order: {@link dev.fovea.data.archive.Source}, {@link
 * dev.fovea.data.archive.FolderSource}, {@link dev.fovea.data.archive.ZipSource}, {@link
 * dev.fovea.data.archive.TarSource}, {@link dev.fovea.data.archive.TarShards}, {@link
 * dev.fovea.data.archive.ImageIndex}, {@link dev.fovea.data.archive.ImageIndexFile}, {@link
 * dev.fovea.data.archive.FileKind}, {@link dev.fovea.data.archive.PathNames}. Next: package {@link
 * dev.fovea.data.source}.
 */
@NullMarked
package dev.fovea.data.archive;

import org.jspecify.annotations.NullMarked;
