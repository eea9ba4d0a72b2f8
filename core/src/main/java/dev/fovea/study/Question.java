package dev.fovea.study;

/**
 * A question beside the claim of a study. Its answer is a sentence and does not count for the
 * verdict.
 *
 * @param text the question
 * @param rule how measurements decide the answer; fixed before the runs
 */
public record Question(String text, String rule) {}
