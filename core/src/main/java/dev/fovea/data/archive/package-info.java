/**
 * Files and where they are kept: folders, zip and tar archives.
 *
 * <p>A {@link dev.fovea.data.archive.Source} lists its members once, in an order that does not
 * depend on the machine, and reads each at any time from any thread. What is not an image is an
 * {@link dev.fovea.data.archive.IgnoredFile} with the reason. Links, pipes and devices are never
 * opened.
 *
 * <p>Reading order: {@link dev.fovea.data.archive.Source}, {@link
 * dev.fovea.data.archive.FolderSource}, {@link dev.fovea.data.archive.ZipSource}, {@link
 * dev.fovea.data.archive.TarSource}, {@link dev.fovea.data.archive.FileKind}. Next: package {@link
 * dev.fovea.data.source}.
 */
@NullMarked
package dev.fovea.data.archive;

import org.jspecify.annotations.NullMarked;
