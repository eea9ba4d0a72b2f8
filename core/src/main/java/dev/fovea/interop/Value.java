package dev.fovea.interop;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/**
 * What a pickle can mean to us: the closed set of things that the interpreter is able to build.
 *
 * <p>Lists and dictionaries may contain themselves, as in Python; whoever walks through them counts
 * the depth.
 */
sealed interface Value {
  /** Python's None. */
  record None() implements Value {}

  /** True or False. */
  record Bool(boolean value) implements Value {}

  /** A whole number of up to 255 bytes. */
  record Int(BigInteger value) implements Value {}

  /** A binary64 number. */
  record Real(double value) implements Value {}

  /** A string. */
  record Text(String value) implements Value {}

  /** A list, which the pickle may still append to. */
  record Items(List<Value> values) implements Value {}

  /** A tuple. */
  record Tuple(List<Value> values) implements Value {}

  /**
   * A dict or OrderedDict in its order; whole numbers as keys are spelled {@code <int 5>}, entries
   * with other keys are left out.
   */
  record Dict(Map<String, Value> entries) implements Value {}

  /** One of the names that have a meaning here. */
  record Named(Global global) implements Value {}

  /** Any other name of Python, for example {@code argparse.Namespace}; never looked up. */
  record Unknown(String name) implements Value {}

  /**
   * Something that only Python could make, whose content was dropped.
   *
   * @param name of the class or function, or of a type such as {@code bytes}
   * @param origin how the pickle makes it
   */
  record Opaque(String name, Origin origin) implements Value {}

  /** How an opaque value comes about. */
  enum Origin {
    /** By a type of Python that holds no tensors, such as {@code bytes}. */
    PLAIN,
    /** As an object of a class, without a call of its constructor. */
    OBJECT,
    /** By a call of a function or constructor. */
    CALL
  }

  /** A flat array of numbers in the file. */
  record Stored(Storage storage) implements Value {}

  /** A view of a storage. */
  record Tensor(TensorView view) implements Value {}
}
