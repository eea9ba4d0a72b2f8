/** Tests of the ONNX format. */
@NullMarked
package dev.fovea.onnx;

import org.jspecify.annotations.NullMarked;
