/** The backward pass as a list of steps, and its table of rules. */
@NullMarked
package dev.fovea.autodiff;

import org.jspecify.annotations.NullMarked;
