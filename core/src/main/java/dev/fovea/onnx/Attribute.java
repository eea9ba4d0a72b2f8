package dev.fovea.onnx;

import java.util.List;

/** The value of an attribute of a node. */
public sealed interface Attribute {
  /** An integer. */
  record Whole(long value) implements Attribute {}

  /** A binary32 number. */
  record Real(float value) implements Attribute {}

  /** A text. */
  record Text(String value) implements Attribute {}

  /** A tensor. */
  record OfTensor(OnnxTensor value) implements Attribute {}

  /** A list of integers. */
  record Wholes(List<Long> values) implements Attribute {
    /** Copies the list. */
    public Wholes {
      values = List.copyOf(values);
    }
  }

  /** A list of binary32 numbers. */
  record Reals(List<Float> values) implements Attribute {
    /** Copies the list. */
    public Reals {
      values = List.copyOf(values);
    }
  }

  /** A value of a kind that no supported operator has, such as a graph. */
  record Other(String kind) implements Attribute {}

  /** An integer. */
  static Attribute of(long value) {
    return new Whole(value);
  }

  /** A number. */
  static Attribute of(float value) {
    return new Real(value);
  }

  /** A text. */
  static Attribute of(String value) {
    return new Text(value);
  }

  /** A list of integers. */
  static Attribute list(long... values) {
    return new Wholes(java.util.Arrays.stream(values).boxed().toList());
  }
}
