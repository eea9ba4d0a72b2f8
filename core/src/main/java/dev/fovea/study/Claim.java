package dev.fovea.study;

/**
 * A claim of a paper.
 *
 * @param title a heading of a few words
 * @param statement the claim in one or two sentences
 * @param source paper with arXiv number, and section, table or figure
 */
public record Claim(String title, String statement, String source) {}
