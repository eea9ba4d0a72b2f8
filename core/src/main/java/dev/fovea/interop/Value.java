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

  /** A whole number of up to 128 bits. */
  record Int(BigInteger value) implements Value {}

  /** A binary64 number. */
  record Real(double value) implements Value {}

  /** A string. */
  record Text(String value) implements Value {}

  /** A list, which the pickle may still append to. */
  record Items(List<Value> values) implements Value {}

  /** A tuple. */
  record Tuple(List<Value> values) implements Value {}

  /** A dict or OrderedDict in its order; whole numbers as keys are spelt {@code <int 5>}. */
  record Dict(Map<String, Value> entries) implements Value {}

  /** One of the names that may be called or passed on. */
  record Named(Global global) implements Value {}

  /** A flat array of numbers in the file. */
  record Stored(Storage storage) implements Value {}

  /** A view of a storage. */
  record Tensor(TensorView view) implements Value {}
}
