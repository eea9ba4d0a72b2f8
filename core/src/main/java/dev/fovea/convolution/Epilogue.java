package dev.fovea.convolution;

/**
 * What is computed with the result of a convolution before it is stored.
 *
 * @param bias address of one binary32 per channel that is added; 0 for none
 * @param add whether the previous contents of the destination are added
 * @param relu whether negative results become 0, last
 */
public record Epilogue(long bias, boolean add, boolean relu) {
  /** Nothing. */
  public static final Epilogue NONE = new Epilogue(0, false, false);
}
