/**
 * Data sets of labeled images: from class folders, labels files, WebDataset shards, ImageNet's
 * archives, CIFAR and IDX binaries, or generated.
 *
 * <p>A {@link dev.fovea.data.source.Dataset} is an immutable list of labeled images that any thread
 * may read. {@link dev.fovea.data.source.Datasets} opens one. An unreadable image is a {@link
 * dev.fovea.data.source.BadImage}: it is reported by name and stops the run only above a limit.
 *
 * <p>The files form five groups. Finding splits and classes: {@code Parts}; for trees of files
 * {@code FileParts} with {@code ClassLayout}, filled by {@code ClassFolders} or by {@code
 * LabeledFiles} with {@code LabelsFile} and {@code FoundLabels}; {@code FileNameClasses} and {@code
 * ParquetAdvice} give advice. Large sets in tar archives: {@code ShardParts} and {@code
 * ShardDataset}, found by {@code ShardFiles} and {@code ShardPattern}; {@code ImageNetArchives}
 * with {@code ImageNetLabels} and {@code MatFile}; {@code PackFiles}, the files of a pack; {@code
 * ClassNames} with {@code ClassNamesJson}. Formats and generators: {@code FileDataset}, {@code
 * CifarBinary}, {@code IdxFiles}, {@code SyntheticShapes} with {@code ShapeArtist}, {@code
 * UnlabeledImages}. Wrappers of another set: {@code MemoryDataset}, {@code Subset}, {@code
 * EvenSubset}, {@code ReindexedDataset}, {@code WatchedDataset}, {@code ReadAhead}; {@code
 * Selectable}. Helpers: {@code ParallelItems}, {@code Interruption}, {@code Sha256}, {@code
 * BadImages}.
 *
 * <p>Reading order: {@link dev.fovea.data.source.Dataset}, {@link dev.fovea.data.source.Datasets},
 * {@link dev.fovea.data.source.DatasetOptions}, {@link dev.fovea.data.source.ClassLayout}, {@link
 * dev.fovea.data.source.ClassFolders}, {@link dev.fovea.data.source.FileDataset}. Next: package
 * {@link dev.fovea.data.loader}.
 */
@NullMarked
package dev.fovea.data.source;

import org.jspecify.annotations.NullMarked;
