package dev.fovea.program;

/**
 * Whether an engine has fast convolutions on this machine. Where it has none, {@link
 * ConvolutionAlgorithm#AUTO} and {@link ConvolutionAlgorithm#FAST} compute as {@link
 * ConvolutionAlgorithm#DIRECT} does.
 *
 * @param reason human-readable: what they run with, for example {@code AVX-512}, or why they do not
 *     run
 */
public record ConvolutionSupport(boolean available, String reason) {}
