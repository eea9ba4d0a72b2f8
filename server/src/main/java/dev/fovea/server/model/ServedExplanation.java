package dev.fovea.server.model;

import dev.fovea.explanation.Explanation;

/**
 * An explanation, and the version of the model that it explains.
 *
 * @param model what was explained
 */
public record ServedExplanation(ModelDescription model, Explanation explanation) {}
