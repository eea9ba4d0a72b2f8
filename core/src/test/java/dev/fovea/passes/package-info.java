/** Passes leave a network's values as they were. */
@NullMarked
package dev.fovea.passes;

import org.jspecify.annotations.NullMarked;
