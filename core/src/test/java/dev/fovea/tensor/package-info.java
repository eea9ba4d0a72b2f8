/** Numbers are what they are said to be. */
@NullMarked
package dev.fovea.tensor;

import org.jspecify.annotations.NullMarked;
