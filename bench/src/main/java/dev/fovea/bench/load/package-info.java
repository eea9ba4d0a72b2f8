/**
 * Load on a server from another process: requests over keep-alive connections on loopback, their
 * latencies, and whether the answers are right.
 *
 * <p>A {@link dev.fovea.bench.load.Question} is a request with the answer that it must get. {@link
 * dev.fovea.bench.load.ClosedLoop} lets a number of connections ask one after the other, {@link
 * dev.fovea.bench.load.OpenLoop} asks at a constant rate, whatever the server does; both fill a
 * {@link dev.fovea.bench.load.Tally}. {@link dev.fovea.bench.load.ServedProcess} is the server, and
 * what Linux says about its process.
 *
 * <p>The generator shares its cores with the server, so it does little: requests are bytes that
 * were made before, connections are plain sockets, and of an answer only the numbers are compared.
 */
@NullMarked
package dev.fovea.bench.load;

import org.jspecify.annotations.NullMarked;
