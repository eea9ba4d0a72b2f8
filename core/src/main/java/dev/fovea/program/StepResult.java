package dev.fovea.program;

/**
 * What one training step found.
 *
 * @param loss the weighted total over all classifiers, mean over the batch
 * @param correct images whose largest main logit is at the largest target
 */
public record StepResult(double loss, int correct) {}
