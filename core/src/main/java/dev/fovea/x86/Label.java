package dev.fovea.x86;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** A place in the code that jumps refer to, before or after it is known. */
public final class Label {
  private final List<Integer> jumps = new ArrayList<>();
  private OptionalInt place = OptionalInt.empty();

  Label() {}

  OptionalInt place() {
    return place;
  }

  void place(int at) {
    if (place.isPresent()) {
      throw new IllegalStateException("the label is already placed");
    }
    place = OptionalInt.of(at);
  }

  /** Offsets of the four-byte distances that lead here. */
  List<Integer> jumps() {
    return jumps;
  }
}
