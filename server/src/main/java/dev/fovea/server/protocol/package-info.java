/**
 * The Open Inference Protocol v2 as text and bytes, without a network under it.
 *
 * <p>{@link dev.fovea.server.protocol.InferReader} turns the body of a request, which is not to be
 * trusted, into an {@link dev.fovea.server.protocol.InferCall}: JSON tensors, Triton's binary
 * tensors, encoded images as BYTES and pixels as UINT8, each checked against the {@link
 * dev.fovea.server.protocol.ModelSignature} before memory is taken for it. {@link
 * dev.fovea.server.protocol.InferWriter} writes the answer, and {@link
 * dev.fovea.server.protocol.Documents} what a server says of itself and its models. A request that
 * cannot be served ends in a {@link dev.fovea.server.protocol.ProtocolException}, which carries the
 * status of HTTP and one line for the client.
 */
@NullMarked
package dev.fovea.server.protocol;

import org.jspecify.annotations.NullMarked;
