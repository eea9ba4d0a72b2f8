package dev.fovea.interop;

import dev.fovea.checkpoint.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** What the few callable names of a pickle mean, and how dictionaries are filled. */
final class Calls {
  private final PickleMachine.Refusal refusal;

  Calls(PickleMachine.Refusal refusal) {
    this.refusal = refusal;
  }

  /** The value of {@code callee(*arguments)}. */
  Value call(Value callee, Value arguments) {
    if (!(callee instanceof Value.Named named)) {
      throw refusal.because("a call (REDUCE) of something that is no function");
    }
    if (!(arguments instanceof Value.Tuple tuple)) {
      throw refusal.because("a call of " + named.global() + " without a tuple of arguments");
    }
    List<Value> args = tuple.values();
    return switch (named.global()) {
      case ORDERED_DICT -> orderedDict(args);
      case REBUILD_TENSOR -> tensor(named.global(), args, 4, 4);
      case REBUILD_TENSOR_V2 -> tensor(named.global(), args, 6, 7);
      case REBUILD_PARAMETER -> parameter(args);
      case SIZE -> size(args);
      default ->
          throw refusal.because("a call of " + named.global() + ", which is a type of storage");
    };
  }

  /** Adds keys and values, which alternate. */
  void set(Value.Dict dict, List<Value> keysAndValues) {
    if (keysAndValues.size() % 2 != 0) {
      throw refusal.because("a dict with a key that has no value");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      String key = key(keysAndValues.get(i));
      if (dict.entries().put(key, keysAndValues.get(i + 1)) != null) {
        throw refusal.because("a dict with the key '" + InteropException.shown(key) + "' twice");
      }
    }
  }

  private String key(Value key) {
    if (key instanceof Value.Text text) {
      return text.value();
    }
    if (key instanceof Value.Int n) {
      return "<int " + n.value() + ">";
    }
    throw refusal.because("a dict with a key that is neither a string nor a whole number");
  }

  private Value orderedDict(List<Value> args) {
    Value.Dict dict = new Value.Dict(new LinkedHashMap<>(0));
    if (args.size() == 1 && args.get(0) instanceof Value.Items pairs) {
      // Python 2 wrote OrderedDicts as a list of [key, value].
      for (Value pair : pairs.values()) {
        List<Value> two = pair instanceof Value.Items i ? i.values() : List.of();
        if (two.size() != 2) {
          throw refusal.because("an OrderedDict of something that is no list of pairs");
        }
        set(dict, two);
      }
    } else if (!args.isEmpty()) {
      throw refusal.because("a call of collections.OrderedDict with arguments");
    }
    return dict;
  }

  private Value parameter(List<Value> args) {
    boolean fits =
        args.size() == 3
            && args.get(0) instanceof Value.Tensor
            && args.get(1) instanceof Value.Bool
            && args.get(2) instanceof Value.Dict;
    if (!fits) {
      throw wrongArguments(Global.REBUILD_PARAMETER);
    }
    return args.get(0);
  }

  private Value size(List<Value> args) {
    if (args.size() != 1 || !(args.get(0) instanceof Value.Tuple sizes)) {
      throw wrongArguments(Global.SIZE);
    }
    return sizes;
  }

  private Value tensor(Global name, List<Value> args, int least, int most) {
    if (args.size() < least
        || args.size() > most
        || !(args.get(0) instanceof Value.Stored stored)) {
      throw wrongArguments(name);
    }
    try {
      return new Value.Tensor(
          TensorView.checked(
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
    return refusal.because("a call of " + name + " with arguments of a wrong number or kind");
  }

  private long number(Value value) {
    return number(value, refusal);
  }

  /** A whole number of 64 bits. */
  static long number(Value value, PickleMachine.Refusal refusal) {
    if (value instanceof Value.Int n && n.value().bitLength() < Long.SIZE) {
      return n.value().longValue();
    }
    throw refusal.because("something where a whole number of 64 bits was expected");
  }

  /**
   * The storage of a persistent id {@code ('storage', type, key, device, elements[, view])}.
   *
   * @param fileBytes no storage can be larger
   */
  static Storage storage(List<Value> id, long fileBytes, PickleMachine.Refusal refusal) {
    boolean fits =
        (id.size() == 5 || id.size() == 6)
            && id.get(0) instanceof Value.Text kind
            && kind.value().equals("storage")
            && id.get(1) instanceof Value.Named named
            && named.global().type().isPresent()
            && id.get(2) instanceof Value.Text
            && id.get(3) instanceof Value.Text
            && (id.size() == 5 || id.get(5) instanceof Value.None);
    if (!fits) {
      throw refusal.because(
          "a persistent id other than ('storage', type, key, device, elements); a whole module"
              + " cannot be read, save its state_dict()");
    }
    ElementType type = ((Value.Named) id.get(1)).global().type().orElseThrow();
    long elements = number(id.get(4), refusal);
    if (elements < 0 || elements > fileBytes / type.bytes()) {
      throw refusal.because("a storage of " + elements + " elements, more than the file can hold");
    }
    return new Storage(((Value.Text) id.get(2)).value(), type, elements);
  }

  /** Whether two ids of one key speak of the same storage. */
  static void requireSame(Storage first, Storage again, PickleMachine.Refusal refusal) {
    if (first.elements() != again.elements() || first.type() != again.type()) {
      throw refusal.because(
          "two descriptions of the storage '"
              + InteropException.shown(first.key())
              + "' that differ");
    }
  }
}
