/**
 * ONNX models as networks: of the list where they are one, else of their own.
 *
 * <p>Files in the wild are not clean: shapes are computed by nodes, axes turned to and fro, norms
 * and poolings spelled out. A model is therefore not translated node by node. {@code GraphReader}
 * runs through it once and knows of every value whether it is a constant or what a layer computes,
 * so that constants fold ({@code ConstantOperators}), shapes are constants, and transpositions only
 * rename axes ({@code Axes}) and vanish. What remains are layers ({@code LayerOperators}, {@code
 * Pools}, {@code Windows}); {@code Rewrites} turns sums and products with constants into biases and
 * batch norms, {@code ReadNetwork} builds the graph, and {@code ListedNetwork} looks for it in the
 * list of networks. See decision 0302.
 *
 * <p>Start with {@link dev.fovea.onnx.importer.OnnxImport}. Next: module {@code app}, whose command
 * {@code import} uses this package.
 */
@NullMarked
package dev.fovea.onnx.importer;

import org.jspecify.annotations.NullMarked;
