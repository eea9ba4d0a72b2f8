/**
 * Model files and training state files: written atomically, read as untrusted input.
 *
 * <p>A <b>model file</b> is a safetensors file whose tensors have PyTorch's names and whose
 * metadata holds everything else that prediction needs. A <b>state file</b> is the same container
 * with everything that a training run needs to resume. Both carry a checksum over header and data,
 * and both replace an existing file atomically. Every fault in a file is reported as a {@link
 * dev.fovea.checkpoint.CheckpointException} that names the file.
 *
 * <p>Reading order: {@link dev.fovea.checkpoint.ModelFile} with {@link
 * dev.fovea.checkpoint.ModelCard} and, for models in 8-bit integers, {@link
 * dev.fovea.checkpoint.QuantizedNumbers}, {@link dev.fovea.checkpoint.StateFile}; then the
 * container, {@link dev.fovea.checkpoint.SafetensorsFile} and {@link
 * dev.fovea.checkpoint.SafetensorsWriter}, and {@link dev.fovea.checkpoint.AtomicFile}; then {@link
 * dev.fovea.checkpoint.RunLock}, and {@link dev.fovea.checkpoint.RecordTree} with {@link
 * dev.fovea.checkpoint.JsonTree}, which convert configurations to and from text. Next: package
 * {@code dev.fovea.pack}, which packs data sets.
 */
@NullMarked
package dev.fovea.checkpoint;

import org.jspecify.annotations.NullMarked;
