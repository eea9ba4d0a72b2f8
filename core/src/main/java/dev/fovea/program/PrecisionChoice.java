package dev.fovea.program;

/**
 * A precision and the reason for choosing it.
 *
 * @param reason human-readable, for example {@code f32 runs a probe 1.7 times as fast as bf16}
 */
public record PrecisionChoice(Precision precision, String reason) {}
