package dev.fovea.interop;

import java.util.ArrayList;
import java.util.List;

/** Weights that are not exactly those of the network: which are too many, missing, or misshapen. */
public final class MismatchException extends InteropException {
  private static final long serialVersionUID = 1L;

  /** Why a name is in the table. */
  public enum Kind {
    /** The network has it, the file has not. */
    MISSING,
    /** Both have it, with different shapes or with values that are no floating-point numbers. */
    MISSHAPEN,
    /** The file has it, the network has not. */
    UNMATCHED
  }

  /**
   * A name that does not fit.
   *
   * @param expected shape in the network; empty if it has none of that name
   * @param found type and shape in the file; empty if it has none of that name
   */
  public record Row(Kind kind, String name, String expected, String found) {}

  private final transient List<Row> rows;

  MismatchException(String message, List<Row> rows) {
    super(message);
    this.rows = List.copyOf(rows);
  }

  /**
   * Every name that does not fit: the missing, the misshapen, the unmatched, each in file order.
   */
  public List<Row> rows() {
    return new ArrayList<>(rows);
  }
}
