package dev.fovea.models;

/**
 * Options for how far the first layers of an Inception network reduce the grid, so that images of
 * lower resolution can reach the modules on the same grid and at the same cost (Szegedy et al.
 * 2015, arXiv 1512.00567, section 9).
 */
final class StemOptions {
  private static final String STRIDE = "stem_stride";
  private static final String POOL = "stem_pool";
  private static final String MAX = "max";

  private StemOptions() {}

  static ModelOption stride(String defaultValue, String other) {
    return ModelOption.choice(STRIDE, "stride of the first convolution", defaultValue, other);
  }

  static ModelOption pool(String meaning, String defaultValue, String other) {
    return ModelOption.choice(POOL, meaning, defaultValue, other);
  }

  static int stride(Options options) {
    return (int) options.number(STRIDE);
  }

  static boolean pools(Options options) {
    return options.is(POOL, MAX);
  }
}
