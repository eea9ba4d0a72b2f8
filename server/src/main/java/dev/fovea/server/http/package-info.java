/**
 * The server's end of HTTP: what is accepted, from whom, how much of it and for how long.
 *
 * <p>{@link dev.fovea.server.http.HttpFrontEnd} listens, by Jetty, and holds every limit: size and
 * time of headers and bodies, connections, memory for bodies, who may ask. It hands whole requests
 * as {@link dev.fovea.server.http.Call}s to {@link dev.fovea.server.http.Routes}, which are plain
 * functions from a call to a {@link dev.fovea.server.http.Reply}; nothing behind them knows of
 * Jetty. The only package that does is this one.
 */
@NullMarked
package dev.fovea.server.http;

import org.jspecify.annotations.NullMarked;
