/**
 * The files: models and training states, written so that a reader never sees half of one, and read
 * without trust.
 *
 * <p>A <b>model file</b> is a safetensors file whose tensors carry PyTorch's names and whose
 * metadata carries all that prediction needs. A <b>state file</b> is the same container with
 * everything that a training run continues from. Both end in a checksum over header and data; both
 * replace their predecessor atomically. Whatever is wrong with a file is a {@link
 * dev.fovea.checkpoint.CheckpointException} that names it.
 *
 * <p>Reading order: {@link dev.fovea.checkpoint.ModelFile} with {@link
 * dev.fovea.checkpoint.ModelCard}, {@link dev.fovea.checkpoint.StateFile}; below them {@link
 * dev.fovea.checkpoint.SafetensorsFile} (reading), {@link dev.fovea.checkpoint.SafetensorsWriter},
 * {@link dev.fovea.checkpoint.AtomicFile}; beside them {@link dev.fovea.checkpoint.RunLock}, and
 * {@link dev.fovea.checkpoint.RecordTree} with {@link dev.fovea.checkpoint.JsonTree}, which turn
 * configurations into text. Next: package {@code dev.fovea.eval}, which measures what a model
 * knows.
 */
@NullMarked
package dev.fovea.checkpoint;

import org.jspecify.annotations.NullMarked;
