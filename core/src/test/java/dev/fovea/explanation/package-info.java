/** Tests of heat maps, their checks, and boxes made of them. */
@NullMarked
package dev.fovea.explanation;

import org.jspecify.annotations.NullMarked;
