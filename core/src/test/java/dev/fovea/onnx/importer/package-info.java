/** Tests of the ONNX importer. */
@NullMarked
package dev.fovea.onnx.importer;

import org.jspecify.annotations.NullMarked;
