/**
 * Clients that nobody here wrote: Triton's own client library, curl, and what OpenAPI Generator
 * makes of the server's document. Run with {@code -Pinterop}, see {@code .ci/interop}.
 */
@NullMarked
package dev.fovea.server.interop;

import org.jspecify.annotations.NullMarked;
