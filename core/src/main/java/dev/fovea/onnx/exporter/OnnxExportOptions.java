package dev.fovea.onnx.exporter;

/**
 * What an exported ONNX model contains.
 *
 * @param keepBatchNorm whether batch norms stay nodes of their own, as for further training
 * @param withPreprocessing whether the model takes images as bytes, (N, H, W, 3) of any size, and
 *     resizes, crops and normalizes them itself
 */
public record OnnxExportOptions(boolean keepBatchNorm, boolean withPreprocessing) {
  /** Folded batch norms, and normalized images as input. */
  public static final OnnxExportOptions STANDARD = new OnnxExportOptions(false, false);
}
