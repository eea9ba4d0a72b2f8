package dev.fovea.collective.ring;

/**
 * What a ring has cost this rank until now.
 *
 * @param operations sums and gathers that were completed
 * @param seconds time in them, waiting for others included
 * @param secondsWaiting of these, until the rank before this one had begun to send
 * @param bytesSent on both connections, with headers and signs of life
 * @param bytesReceived likewise
 */
public record RingTraffic(
    long operations, double seconds, double secondsWaiting, long bytesSent, long bytesReceived) {}
