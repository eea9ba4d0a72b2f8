package dev.fovea.collective.ring;

/** Ends a ring from within: which rank is at fault, and what it did. */
final class RingFault extends Exception {
  private static final long serialVersionUID = 1;

  private final transient RingFailure failure;

  RingFault(RingFailure failure) {
    super(failure.what());
    this.failure = failure;
  }

  /** A fault without a time of the last answer; the loop adds it. */
  RingFault(int rank, String what) {
    this(new RingFailure(rank, what, RingFailure.UNKNOWN, RingFailure.UNKNOWN));
  }

  RingFailure failure() {
    return failure;
  }
}
