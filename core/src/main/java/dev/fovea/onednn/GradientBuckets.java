package dev.fovea.onednn;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The gradients of a program, cut into contiguous pieces that its backward pass completes one after
 * another, so that each can be sent to other ranks while the next is computed.
 */
final class GradientBuckets {
  // Large enough that a message's latency does not count, small enough that the last one, for which
  // the step waits, is short.
  private static final long BYTES = 8 << 20;
  // What no instruction writes is zero on all ranks; a short gap costs less than another message.
  private static final long LARGEST_GAP = 64 << 10;

  private record Piece(ParameterLayout.Slot first, ParameterLayout.Slot last, int callsNeeded) {}

  private final List<FloatBuffer> views;
  private final int[] callsNeeded;

  private GradientBuckets(List<FloatBuffer> views, int[] callsNeeded) {
    this.views = views;
    this.callsNeeded = callsNeeded;
  }

  /**
   * Cuts the gradients of a step.
   *
   * @param instructions of the step; a piece is complete after the last that uses any part of it
   */
  static GradientBuckets of(OneDnnParameters gradients, List<Instruction> instructions) {
    List<Piece> pieces =
        new ArrayList<>(cut(gradients, callsNeeded(gradients.layout(), instructions)));
    pieces.sort(Comparator.comparingInt(Piece::callsNeeded));
    return new GradientBuckets(
        pieces.stream().map(p -> gradients.raw(p.first(), p.last())).toList(),
        pieces.stream().mapToInt(Piece::callsNeeded).toArray());
  }

  // From the end of the layout, which follows the forward pass, to its start.
  private static List<Piece> cut(OneDnnParameters gradients, Map<String, Integer> callsNeeded) {
    List<Piece> pieces = new ArrayList<>();
    List<ParameterLayout.Slot> slots = gradients.layout().slots();
    for (int i = slots.size() - 1; i >= 0; i--) {
      ParameterLayout.Slot slot = slots.get(i);
      if (!gradients.holds(slot.spec())) {
        continue;
      }
      int needed = callsNeeded.getOrDefault(slot.spec().name(), 0);
      Piece open = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
      if (open != null && isJoined(slot, open)) {
        pieces.set(
            pieces.size() - 1, new Piece(slot, open.last(), Math.max(needed, open.callsNeeded())));
      } else {
        pieces.add(new Piece(slot, slot, needed));
      }
    }
    return pieces;
  }

  private static boolean isJoined(ParameterLayout.Slot slot, Piece behind) {
    long end = slot.offset() + slot.desc().size();
    long whole = behind.last().offset() + behind.last().desc().size() - slot.offset();
    return behind.first().offset() - end <= LARGEST_GAP && whole <= BYTES;
  }

  // Several vectors may be written as one tensor, which is named after the first.
  private static Map<String, Integer> callsNeeded(
      ParameterLayout layout, List<Instruction> instructions) {
    Map<String, Integer> needed = new HashMap<>();
    for (int i = 0; i < instructions.size(); i++) {
      for (Tensor tensor : instructions.get(i).operands()) {
        Buffer buffer = tensor.buffer();
        if (buffer.storage() == Buffer.Storage.GRADIENTS) {
          long start = layout.slot(buffer.name()).offset();
          for (ParameterLayout.Slot slot : layout.slots()) {
            if (slot.offset() >= start && slot.offset() < start + buffer.size()) {
              needed.put(slot.spec().name(), i + 1);
            }
          }
        }
      }
    }
    return needed;
  }

  /** The pieces in the order in which they are complete; live. */
  List<FloatBuffer> views() {
    return views;
  }

  /** The number of instructions after which each piece is complete, in ascending order. */
  int[] callsNeeded() {
    return callsNeeded.clone();
  }
}
