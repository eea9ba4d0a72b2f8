package dev.fovea.program;

/**
 * Whether convolutions other than those by definition run on a machine; where they do not, {@link
 * ConvolutionAlgorithm#AUTO} and {@link ConvolutionAlgorithm#FAST} compute as {@link
 * ConvolutionAlgorithm#DIRECT} does.
 *
 * @param reason human-readable: what they run with, for example {@code AVX-512}, or why they do not
 *     run
 */
public record FastConvolutions(boolean available, String reason) {}
