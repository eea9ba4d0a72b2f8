/** Networks that can and cannot be built, and what follows from a network. */
@NullMarked
package dev.fovea.graph;

import org.jspecify.annotations.NullMarked;
