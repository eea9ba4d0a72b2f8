package dev.fovea.interop;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/**
 * A value that {@link PickleMachine} can build; the set of kinds is closed.
 *
 * <p>Lists and dictionaries may contain themselves, as in Python; code that traverses them must
 * limit the depth.
 */
sealed interface Value {
  /** Python's None. */
  record None() implements Value {}

  /** Python's True or False. */
  record Bool(boolean value) implements Value {}

  /** An integer of up to 255 bytes. */
  record Int(BigInteger value) implements Value {}

  /** A binary64 number. */
  record Real(double value) implements Value {}

  /** A string. */
  record Text(String value) implements Value {}

  /** A list; mutable, because the pickle may append to it later. */
  record Items(List<Value> values) implements Value {}

  /** A tuple. */
  record Tuple(List<Value> values) implements Value {}

  /**
   * A dict or OrderedDict, in order. Integer keys are written as {@code <int 5>}; entries with keys
   * other than strings and integers are dropped.
   */
  record Dict(Map<String, Value> entries) implements Value {}

  /** A Python name that the reader understands. */
  record Named(Global global) implements Value {}

  /** Any other Python name, for example {@code argparse.Namespace}; never looked up. */
  record Unknown(String name) implements Value {}

  /**
   * A value that only Python could create; its content is dropped.
   *
   * @param name of the class or function, or of a type such as {@code bytes}
   * @param origin how the pickle creates it
   */
  record Opaque(String name, Origin origin) implements Value {}

  /** How an opaque value would be created. */
  enum Origin {
    /** As a value of a Python type that contains no tensors, such as {@code bytes}. */
    PLAIN,
    /** As an object of a class, without calling its constructor. */
    OBJECT,
    /** By calling a function or constructor. */
    CALL
  }

  /** A flat array of numbers in the file. */
  record Stored(Storage storage) implements Value {}

  /** A view of a storage. */
  record Tensor(TensorView view) implements Value {}
}
