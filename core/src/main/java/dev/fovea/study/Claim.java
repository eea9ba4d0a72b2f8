package dev.fovea.study;

/**
 * What a paper says.
 *
 * @param title a few words, as a heading
 * @param statement the claim in one or two sentences
 * @param source paper with arXiv number, and section, table or figure
 */
public record Claim(String title, String statement, String source) {}
