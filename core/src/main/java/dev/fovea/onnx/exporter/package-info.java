/**
 * Networks as ONNX models.
 *
 * <p>A model is written for opset 17 and IR 8, with a free batch axis, and computes what Fovea's
 * inference computes: logits, without auxiliary outputs and dropout. Batch norms are folded into
 * the convolutions before them unless they are asked for. Class names and preprocessing are in the
 * metadata, and the preprocessing can be in the graph, too; then the model needs opset 18, whose
 * {@code Resize} can average as Pillow does; one with GELU needs opset 20 and IR 9.
 *
 * <p>Reading order: {@link dev.fovea.onnx.exporter.OnnxExport} with {@link
 * dev.fovea.onnx.exporter.OnnxExportOptions}; {@code NetworkNodes}, one method for each operation;
 * {@code IntegerNodes}, for quantized networks; {@code PreprocessingNodes}; {@code NodeList}. Next:
 * {@code dev.fovea.onnx.importer}, the other direction.
 */
@NullMarked
package dev.fovea.onnx.exporter;

import org.jspecify.annotations.NullMarked;
