package dev.fovea.interop;

import dev.fovea.checkpoint.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** Evaluates the calls of a pickle to the few known functions, and fills dictionaries. */
final class PickleCalls {
  private final PickleMachine.Refusal refusal;

  PickleCalls(PickleMachine.Refusal refusal) {
    this.refusal = refusal;
  }

  /** Returns the value of {@code callee(*arguments)}; opaque, without the arguments, if unknown. */
  Value call(Value callee, Value arguments) {
    if (!(arguments instanceof Value.Tuple tuple)) {
      throw refusal.because("a call (REDUCE) without a tuple of arguments");
    }
    if (callee instanceof Value.Unknown unknown) {
      return reduce(unknown, tuple.values());
    }
    if (!(callee instanceof Value.Named named)) {
      throw refusal.because("a call (REDUCE) of something that is not a function");
    }
    List<Value> args = tuple.values();
    return switch (named.global()) {
      case ORDERED_DICT -> orderedDict(args);
      case DEFAULT_DICT -> new Value.Dict(new LinkedHashMap<>(0));
      case REBUILD_TENSOR -> tensor(named.global(), args, 4, 4);
      case REBUILD_TENSOR_V2 -> tensor(named.global(), args, 6, 7);
      case REBUILD_PARAMETER, REBUILD_PARAMETER_WITH_STATE -> parameter(named.global(), args);
      case REBUILD_FROM_TYPE -> fromType(args);
      case SIZE -> size(args);
      default -> throw refusal.because("a call of " + named.global() + ", which is a type");
    };
  }

  // Protocols 0 and 1 create objects by a function that takes the class as its argument.
  private static Value reduce(Value.Unknown callee, List<Value> args) {
    boolean constructor =
        callee.name().equals("copyreg._reconstructor")
            || callee.name().equals("copy_reg._reconstructor");
    return constructor && !args.isEmpty() && args.get(0) instanceof Value.Unknown type
        ? new Value.Opaque(type.name(), Value.Origin.OBJECT)
        : new Value.Opaque(callee.name(), Value.Origin.CALL);
  }

  /** Returns a new object of a class; opaque, without the arguments, if unknown. */
  Value object(Value type, Value arguments) {
    return type instanceof Value.Unknown unknown && arguments instanceof Value.Tuple
        ? new Value.Opaque(unknown.name(), Value.Origin.OBJECT)
        : call(type, arguments);
  }

  /** Adds entries from a list of alternating keys and values. */
  void set(Value.Dict dict, List<Value> keysAndValues) {
    if (keysAndValues.size() % 2 != 0) {
      throw refusal.because("a dict with a key that has no value");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Optional<String> key = key(keysAndValues.get(i));
      if (key.isPresent() && dict.entries().put(key.get(), keysAndValues.get(i + 1)) != null) {
        throw refusal.because(
            "a dict with the key '" + InteropException.printable(key.get()) + "' twice");
      }
    }
  }

  // Weights have names; entries under other keys, such as tuples, are never needed.
  private static Optional<String> key(Value key) {
    if (key instanceof Value.Text text) {
      return Optional.of(text.value());
    }
    return key instanceof Value.Int n ? Optional.of("<int " + n.value() + ">") : Optional.empty();
  }

  private Value orderedDict(List<Value> args) {
    Value.Dict dict = new Value.Dict(new LinkedHashMap<>(0));
    if (args.size() == 1 && args.get(0) instanceof Value.Items pairs) {
      // Python 2 wrote OrderedDicts as a list of [key, value].
      for (Value pair : pairs.values()) {
        List<Value> two = pair instanceof Value.Items i ? i.values() : List.of();
        if (two.size() != 2) {
          throw refusal.because("an OrderedDict of something that is not a list of pairs");
        }
        set(dict, two);
      }
    } else if (!args.isEmpty()) {
      throw refusal.because("a call of collections.OrderedDict with arguments");
    }
    return dict;
  }

  private Value parameter(Global name, List<Value> args) {
    boolean fits =
        args.size() == (name == Global.REBUILD_PARAMETER ? 3 : 4)
            && args.get(1) instanceof Value.Bool
            && args.get(2) instanceof Value.Dict;
    if (!fits || !isTensor(args.get(0))) {
      throw wrongArguments(name);
    }
    return args.get(0);
  }

  private static boolean isTensor(Value value) {
    return value instanceof Value.Tensor || value instanceof Value.Opaque;
  }

  /** A tensor with Python attributes: {@code (function, type, arguments, state)}. */
  private Value fromType(List<Value> args) {
    boolean fits =
        args.size() == 4
            && !(args.get(0) instanceof Value.Named n && n.global() == Global.REBUILD_FROM_TYPE);
    if (!fits) {
      throw wrongArguments(Global.REBUILD_FROM_TYPE);
    }
    return args.get(1) instanceof Value.Unknown type
        ? new Value.Opaque(type.name(), Value.Origin.OBJECT)
        : call(args.get(0), args.get(2));
  }

  private Value size(List<Value> args) {
    if (args.size() != 1 || !(args.get(0) instanceof Value.Tuple sizes)) {
      throw wrongArguments(Global.SIZE);
    }
    return sizes;
  }

  private Value tensor(Global name, List<Value> args, int least, int most) {
    if (args.size() < least || args.size() > most) {
      throw wrongArguments(name);
    }
    if (args.get(0) instanceof Value.Opaque) {
      return args.get(0);
    }
    if (!(args.get(0) instanceof Value.Stored stored)) {
      throw wrongArguments(name);
    }
    try {
      return new Value.Tensor(
          TensorView.check(
              stored.storage(),
              number(args.get(1)),
              numbers(name, args.get(2)),
              numbers(name, args.get(3))));
    } catch (TensorView.Refused e) {
      throw refusal.because(String.valueOf(e.getMessage()));
    }
  }

  private List<Long> numbers(Global name, Value tuple) {
    if (!(tuple instanceof Value.Tuple t)) {
      throw wrongArguments(name);
    }
    List<Long> numbers = new ArrayList<>();
    for (Value v : t.values()) {
      numbers.add(number(v));
    }
    return numbers;
  }

  private InteropException wrongArguments(Global name) {
    return refusal.because("a call of " + name + " with the wrong number or kind of arguments");
  }

  private long number(Value value) {
    return number(value, refusal);
  }

  /** Requires a 64-bit integer. */
  static long number(Value value, PickleMachine.Refusal refusal) {
    if (value instanceof Value.Int n && n.value().bitLength() < Long.SIZE) {
      return n.value().longValue();
    }
    throw refusal.because("a value where a 64-bit integer was expected");
  }

  /**
   * The value of a persistent id: a storage for {@code ('storage', type, key, device, elements[,
   * view])}, opaque if its type is unknown, or the class for the {@code ('module', class, ...)} of
   * legacy streams.
   *
   * @param fileBytes the size of the file, which limits the size of a storage
   */
  static Value persistent(List<Value> id, long fileBytes, PickleMachine.Refusal refusal) {
    if (id.size() == 4
        && id.get(0) instanceof Value.Text kind
        && kind.value().equals("module")
        && id.get(1) instanceof Value.Unknown) {
      return id.get(1);
    }
    boolean fits =
        (id.size() == 5 || id.size() == 6)
            && id.get(0) instanceof Value.Text kind
            && kind.value().equals("storage")
            && id.get(2) instanceof Value.Text
            && id.get(3) instanceof Value.Text
            && (id.size() == 5 || id.get(5) instanceof Value.None);
    if (fits && id.get(1) instanceof Value.Unknown type) {
      return new Value.Opaque(type.name(), Value.Origin.PLAIN);
    }
    if (!fits || !(id.get(1) instanceof Value.Named named) || named.global().type().isEmpty()) {
      throw refusal.because("a persistent id other than ('storage', type, key, device, elements)");
    }
    ElementType type = named.global().type().orElseThrow();
    long elements = number(id.get(4), refusal);
    if (elements < 0 || elements > fileBytes / type.bytes()) {
      throw refusal.because("a storage of " + elements + " elements, more than the file can hold");
    }
    return new Value.Stored(new Storage(((Value.Text) id.get(2)).value(), type, elements));
  }

  /** Requires two descriptions of one storage to agree. */
  static void requireSame(Storage first, Storage again, PickleMachine.Refusal refusal) {
    if (first.elements() != again.elements() || first.type() != again.type()) {
      throw refusal.because(
          "two descriptions of the storage '"
              + InteropException.printable(first.key())
              + "' that differ");
    }
  }
}
