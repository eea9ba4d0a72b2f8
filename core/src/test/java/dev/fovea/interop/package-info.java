/**
 * Tests of {@code dev.fovea.interop}; here so that the compiler's null checks hold in tests too.
 */
@NullMarked
package dev.fovea.interop;

import org.jspecify.annotations.NullMarked;
