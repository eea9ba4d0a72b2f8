package dev.fovea.onednn;

/** The lowerings of all operations, forward and backward: one class per family of operations. */
record Lowerings(
    Convolutions convolutions,
    FastConvolutions fastConvolutions,
    Norms norms,
    LocalResponseNorms localResponseNorms,
    Pools pools,
    Concatenations concatenations,
    Elementwise elementwise,
    Dropouts dropouts,
    LinearLayers linearLayers,
    PadShortcut padShortcut) {

  Lowerings(LoweringContext ctx, Weights weights) {
    this(ctx, weights, new FastConvolutions(ctx, weights), new Elementwise(ctx));
  }

  private Lowerings(
      LoweringContext ctx, Weights weights, FastConvolutions fast, Elementwise elementwise) {
    this(
        new Convolutions(ctx, weights, fast),
        fast,
        new Norms(ctx, weights),
        new LocalResponseNorms(ctx),
        new Pools(ctx),
        new Concatenations(ctx),
        elementwise,
        new Dropouts(ctx, elementwise),
        new LinearLayers(ctx, weights),
        new PadShortcut(ctx));
  }
}
