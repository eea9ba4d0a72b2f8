/**
 * Attacks on a server and faults around it, over sockets of its own making: what no client library
 * would send.
 *
 * <p>{@link dev.fovea.server.attack.Wire} sends bytes, {@link
 * dev.fovea.server.attack.AttackedServer} is a server with small models.
 */
@NullMarked
package dev.fovea.server.attack;

import org.jspecify.annotations.NullMarked;
