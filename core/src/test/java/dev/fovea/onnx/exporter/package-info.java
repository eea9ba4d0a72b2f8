/** Tests of the ONNX exporter. */
@NullMarked
package dev.fovea.onnx.exporter;

import org.jspecify.annotations.NullMarked;
