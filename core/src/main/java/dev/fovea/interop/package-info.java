/**
 * Foreign files: weights that other programs wrote, and ours in a form that they read.
 *
 * <p>A <b>foreign file</b> is read without trust: its pickle by an interpreter that can build
 * nothing but numbers, strings, collections and tensors, its zip by a reader to which every
 * contradiction is an error. Its tensors are then <b>matched</b> with the parameters of a network,
 * name by name under the conventions of the known publishers, and either all fit or none is used.
 *
 * <p>Reading order: {@link dev.fovea.interop.ForeignFile} and {@link
 * dev.fovea.interop.ForeignTensor}; below them {@code KnownFormats}, {@code TorchFile}, {@code
 * PickleMachine} with {@code Value} and {@code Global}, {@code ZipArchive}, {@code Entries}, {@code
 * TensorReader}; then {@link dev.fovea.interop.WeightImport}, {@code Names}, {@link
 * dev.fovea.interop.KnownPreprocessing}; {@link dev.fovea.interop.StateDictExport} for the way out.
 * Next: module {@code app}, whose commands {@code import} and {@code export} stand on this package.
 */
@NullMarked
package dev.fovea.interop;

import org.jspecify.annotations.NullMarked;
