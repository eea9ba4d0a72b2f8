package dev.fovea.program;

/**
 * The result of one training step.
 *
 * @param loss the weighted sum over all classifiers, averaged over the batch
 * @param correct the number of images whose largest main logit is at the largest target
 */
public record StepResult(double loss, int correct) {}
