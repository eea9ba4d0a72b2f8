/** Tests of quantization. */
@NullMarked
package dev.fovea.quantization;

import org.jspecify.annotations.NullMarked;
