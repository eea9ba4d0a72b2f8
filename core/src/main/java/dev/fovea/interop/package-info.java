/**
 * Imports weights that other programs wrote, and exports weights for them.
 *
 * <p>A <b>foreign file</b> is untrusted input: its pickle is run by an interpreter that can build
 * nothing but numbers, strings, collections and tensors, and its zip container is refused if any
 * two fields contradict each other. Its tensors are then <b>matched</b> by name with the parameters
 * of a network, following the naming conventions of the known publishers. Either all parameters
 * match or nothing is imported.
 *
 * <p>The classes are grouped as follows, in reading order. <b>The file</b>: {@link
 * dev.fovea.interop.ForeignFile}, {@link dev.fovea.interop.ForeignTensor}, and {@code KnownFormats}
 * for files of other kinds. <b>The PyTorch formats</b>: {@code TorchFile}, over {@code ZipArchive}
 * and {@code ByteReader}; {@code PickleMachine} with {@code PickleCalls}, {@code Opcodes}, {@code
 * Global} and the {@code Value}s it builds; {@code TensorView}, {@code Storage} and {@code
 * TensorReader} for the values of tensors; {@code Entries}, which finds the {@code StateDict} in a
 * checkpoint. <b>Matching</b>: {@link dev.fovea.interop.WeightImport} with {@code StateDictNames},
 * {@code TensorShapes} and {@code ForeignWeights}; {@link dev.fovea.interop.PublishedWeights} and
 * {@link dev.fovea.interop.KnownPreprocessing}. <b>Errors</b>: {@link
 * dev.fovea.interop.InteropException} with {@link dev.fovea.interop.EntryException} and {@link
 * dev.fovea.interop.MismatchException}. <b>Export</b>: {@link dev.fovea.interop.StateDictExport}.
 * Next: {@code dev.fovea.onnx}, models with their network.
 */
@NullMarked
package dev.fovea.interop;

import org.jspecify.annotations.NullMarked;
