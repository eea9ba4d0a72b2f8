package dev.fovea.onnx.importer;

/** Says why a node cannot be read; the reader adds which node it is. */
final class Unsupported extends RuntimeException {
  private static final long serialVersionUID = 1L;

  Unsupported(String why) {
    super(why);
  }
}
