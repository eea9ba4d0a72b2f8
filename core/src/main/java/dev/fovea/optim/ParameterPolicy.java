package dev.fovea.optim;

/**
 * How one parameter is trained.
 *
 * @param rate the factor of the learning rate
 * @param decay the weight decay
 * @param frozen whether it is not trained
 */
public record ParameterPolicy(double rate, double decay, boolean frozen) {}
