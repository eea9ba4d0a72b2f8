package dev.fovea.optim;

/**
 * How one parameter is trained.
 *
 * @param rate what the learning rate is multiplied with
 * @param decay the L2 factor
 * @param frozen whether it stays as it is
 */
public record ParameterPolicy(double rate, double decay, boolean frozen) {}
