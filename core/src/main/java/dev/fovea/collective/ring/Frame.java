package dev.fovea.collective.ring;

/**
 * What goes over a link: a header of {@value #HEADER} bytes, little-endian, and a payload.
 *
 * <pre>
 *  0  int   CRC-32C of all that follows, payload included
 *  4  int   length of the payload
 *  8  long  number of the frame on its link and in its direction, from 0
 * 16  int   type
 * 20  int   zero
 * 24  long  operation, in frames of data
 * 32  long  shape of the operation, in frames of data
 * </pre>
 */
final class Frame {
  static final int HEADER = 40;
  static final int CHECKSUM = 0;
  static final int LENGTH = 4;
  static final int NUMBER = 8;
  static final int TYPE = 16;
  static final int ZERO = 20;
  static final int OPERATION = 24;
  static final int SHAPE = 32;

  /** What a frame is. */
  enum Type {
    /** A payload of an operation. */
    DATA(0),
    /** A sign of life. */
    ALIVE(1),
    /** Why the ring has ended; the last frame. */
    ABORT(2),
    /** Its sender is done; the last frame. */
    FAREWELL(3);

    private static final Type[] ALL = values();

    private final int code;

    Type(int code) {
      this.code = code;
    }

    /** What is sent: the place in this list. */
    int code() {
      return code;
    }

    /** Whether a code is one of a type. */
    static boolean isCode(int code) {
      return code >= 0 && code < ALL.length;
    }

    static Type of(int code) {
      return ALL[code];
    }
  }

  private Frame() {}
}
