package dev.fovea.interop;

import java.util.List;

/**
 * A strided view of a storage, as PyTorch stores tensors: element (i, j, ...) is element {@code
 * offset + i * strides[0] + j * strides[1] + ...} of the storage. Every element is checked to lie
 * within the storage.
 *
 * @param elements the product of the sizes
 */
record TensorView(
    Storage storage, long offset, List<Long> sizes, List<Long> strides, long elements) {
  private static final int MAX_RANK = 8;
  private static final long MAX_ELEMENTS = Integer.MAX_VALUE - 16;

  /** Why the sizes and strides are refused; the caller adds file and position. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    Refused(String reason) {
      super(reason);
    }
  }

  static TensorView check(Storage storage, long offset, List<Long> sizes, List<Long> strides)
      throws Refused {
    if (sizes.size() != strides.size() || sizes.size() > MAX_RANK) {
      throw new Refused(
          "a tensor with "
              + sizes.size()
              + " sizes and "
              + strides.size()
              + " strides; expected equal numbers, at most "
              + MAX_RANK);
    }
    long elements = 1;
    long last = offset;
    boolean empty = false;
    try {
      for (int i = 0; i < sizes.size(); i++) {
        long size = sizes.get(i);
        long stride = strides.get(i);
        if (size < 0 || stride < 0) {
          throw new Refused("a tensor with sizes " + sizes + " and strides " + strides);
        }
        empty |= size == 0;
        elements = Math.multiplyExact(elements, size);
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, size - 1), stride));
      }
    } catch (ArithmeticException e) {
      throw new Refused("a tensor of sizes " + sizes + ", which is larger than any file can be");
    }
    if (elements > MAX_ELEMENTS) {
      throw new Refused("a tensor of " + elements + " elements; the limit is " + MAX_ELEMENTS);
    }
    if (offset < 0 || offset > storage.elements() || !empty && last >= storage.elements()) {
      throw new Refused(
          "a tensor that reaches from element "
              + offset
              + " to "
              + last
              + " of a storage of "
              + storage.elements());
    }
    return new TensorView(storage, offset, List.copyOf(sizes), List.copyOf(strides), elements);
  }

  /** Whether the elements are contiguous in row-major order. */
  boolean isContiguous() {
    long expected = 1;
    for (int i = sizes.size() - 1; i >= 0; i--) {
      if (sizes.get(i) != 1 && strides.get(i) != expected) {
        return false;
      }
      expected *= sizes.get(i);
    }
    return true;
  }

  /** The index of the last element in the storage; {@code offset} for an empty tensor. */
  long last() {
    long last = offset;
    for (int i = 0; i < sizes.size(); i++) {
      last += Math.max(0, sizes.get(i) - 1) * strides.get(i);
    }
    return last;
  }
}
