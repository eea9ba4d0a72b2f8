/**
 * The mark on types that programs use; everything without it is internal.
 *
 * <p>Main type: {@link dev.fovea.api.Api}. Next: package {@code dev.fovea.tensor}.
 */
@NullMarked
package dev.fovea.api;

import org.jspecify.annotations.NullMarked;
