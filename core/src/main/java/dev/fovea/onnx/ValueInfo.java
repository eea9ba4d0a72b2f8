package dev.fovea.onnx;

import java.util.List;

/**
 * The declaration of an input or output.
 *
 * @param type the number of its element type in {@link OnnxType}; 0 if it is no tensor
 * @param dims its sizes, outermost first
 */
public record ValueInfo(String name, long type, List<Dim> dims) {
  /** Copies the list. */
  public ValueInfo {
    dims = List.copyOf(dims);
  }

  /**
   * A size: a number, or a name for one that is left open.
   *
   * @param size 0 if it is left open
   * @param name empty if it has none
   */
  public record Dim(long size, String name) {
    /** A fixed size. */
    public static Dim of(long size) {
      return new Dim(size, "");
    }

    /** A size that is left open. */
    public static Dim free(String name) {
      return new Dim(0, name);
    }
  }
}
