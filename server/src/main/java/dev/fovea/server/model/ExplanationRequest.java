package dev.fovea.server.model;

import java.time.Duration;
import java.util.Optional;

/**
 * A question why a model answers what it answers.
 *
 * @param image encoded; nobody writes to it afterwards
 * @param method for example {@code grad-cam}
 * @param target the class to explain, by its name or else its index; empty for the most probable
 * @param versus the class that it is set against, likewise; empty for none
 * @param limit after which the explanation is of no use any more
 */
public record ExplanationRequest(
    byte[] image,
    String method,
    Optional<String> target,
    Optional<String> versus,
    Optional<Duration> limit) {}
