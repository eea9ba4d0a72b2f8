/** The interpreter against finite differences, naive loops and PyTorch. */
@NullMarked
package dev.fovea.reference;

import org.jspecify.annotations.NullMarked;
