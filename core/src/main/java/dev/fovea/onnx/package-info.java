/**
 * The ONNX file format: a model as plain records, read without trust and written without copies.
 *
 * <p>ONNX files are protocol buffers. Fovea needs about forty of the format's fields, so it has a
 * reader and a writer of its own in place of generated classes (decision 0300). Reading takes
 * memory in proportion to the structure of a model, not to its weights: a tensor keeps its place in
 * the file and is read when its values are asked for.
 *
 * <p>Reading order: {@link dev.fovea.onnx.OnnxModel}, {@link dev.fovea.onnx.OnnxGraph}, {@link
 * dev.fovea.onnx.OnnxNode} with {@link dev.fovea.onnx.Attribute}, {@link dev.fovea.onnx.OnnxTensor}
 * with {@link dev.fovea.onnx.OnnxType}, {@link dev.fovea.onnx.ValueInfo}; {@link
 * dev.fovea.onnx.OnnxFile} over {@code ProtoReader} and {@code ModelParser}; {@link
 * dev.fovea.onnx.OnnxWriter} over {@code Message}. Next: {@code dev.fovea.onnx.exporter} and {@code
 * dev.fovea.onnx.importer}, between these records and networks.
 */
@NullMarked
package dev.fovea.onnx;

import org.jspecify.annotations.NullMarked;
