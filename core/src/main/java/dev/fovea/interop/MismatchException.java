package dev.fovea.interop;

import java.util.ArrayList;
import java.util.List;

/**
 * Thrown when the tensors of a file are not exactly the parameters of the network; lists the
 * missing, misshapen and unmatched ones.
 */
public final class MismatchException extends InteropException {
  private static final long serialVersionUID = 1L;

  /** How a name fails to match. */
  public enum Kind {
    /** The network has it, but the file does not. */
    MISSING,
    /** Both have it, but the shapes differ or the file's values are not floating-point. */
    MISSHAPEN,
    /** The file has it, but the network does not. */
    UNMATCHED
  }

  /**
   * A name that does not match.
   *
   * @param expected the shape in the network; empty if the network does not have the name
   * @param found the type and shape in the file; empty if the file does not have the name
   */
  public record Row(Kind kind, String name, String expected, String found) {}

  private final transient List<Row> rows;

  MismatchException(String message, List<Row> rows) {
    super(message);
    this.rows = List.copyOf(rows);
  }

  /**
   * All names that do not match: first the missing, then the misshapen, in the network's order,
   * then the unmatched, in file order.
   */
  public List<Row> rows() {
    return new ArrayList<>(rows);
  }
}
