/** The suite that every backend must pass. */
@NullMarked
package dev.fovea.program;

import org.jspecify.annotations.NullMarked;
