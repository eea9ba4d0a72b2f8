/**
 * Image classifiers behind a port.
 *
 * <p>The only code that listens on the network.
 */
@NullMarked
package dev.fovea.server;

import org.jspecify.annotations.NullMarked;
