package dev.fovea.interop;

import dev.fovea.tensor.Decimals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the weights in a saved object, which is often a dictionary of everything that a training
 * script saves.
 *
 * <p>It tries the usual keys for weights, then the usual keys for averaged weights, then the object
 * itself, then the only dictionary of tensors if there is just one. Optimizer state is never used.
 */
final class Entries {
  /** The keys under which training scripts save weights, most common first. */
  private static final List<String> USUAL =
      List.of(
          "state_dict",
          "model_state_dict",
          "model",
          "net",
          "weights",
          "params",
          "model_state",
          "network",
          "net_state_dict",
          "model_weights",
          "module",
          "student");

  /** The keys under which they save averaged weights. */
  private static final List<String> AVERAGED =
      List.of(
          "state_dict_ema",
          "model_ema",
          "ema_state_dict",
          "model_ema_state_dict",
          "ema_model",
          "model_state_ema",
          "ema",
          "params_ema",
          "ema_weights",
          "teacher",
          "swa_model",
          "swa_state_dict",
          "averaged_model");

  /** Substrings of keys whose tensors are training state, not weights. */
  private static final List<String> STATE_OF_TRAINING =
      List.of(
          "optim",
          "sched",
          "scaler",
          "rng",
          "random",
          "callback",
          "loop",
          "loss",
          "criterion",
          "metric",
          "meter",
          "history");

  private static final int MAX_DEPTH = 6;
  private static final int SHOWN = 10;
  private static final int MAX_LISTED = 1000;

  private final Path path;
  private final TensorReader reader;
  // By identity, because a dictionary may contain itself and equality would recurse into it.
  private final Set<Value.Dict> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  /** A dictionary of tensors and its path of keys. */
  private record Found(String key, Value.Dict dict) {}

  Entries(Path path, TensorReader reader) {
    this.path = path;
    this.reader = reader;
  }

  /**
   * Selects the weights.
   *
   * @param entry which entry to use; empty for the usual keys
   */
  StateDict of(Value saved, String entry) {
    Value.Dict top = dictionary(saved, "");
    return entry.isEmpty() ? read(findUsual(top), top) : findNamed(top, entry);
  }

  private Value.Dict dictionary(Value value, String key) {
    if (value instanceof Value.Dict dict) {
      return dict;
    }
    String where = key.isEmpty() ? "" : "its entry '" + InteropException.printable(key) + "' ";
    if (value instanceof Value.Opaque o) {
      throw InteropException.of(path, where + opaque(o, key));
    }
    throw InteropException.of(
        path,
        where
            + "contains no dictionary of tensors but "
            + describe(value)
            + "; in Python, save the weights with torch.save(model.state_dict(), 'weights.pt')");
  }

  private static String opaque(Value.Opaque o, String key) {
    String loaded =
        "torch.load(FILE, weights_only=False)"
            + (key.isEmpty()
                ? ""
                : "['" + InteropException.printable(key).replace(".", "']['") + "']");
    String name = "'" + InteropException.printable(o.name()) + "'";
    return o.origin() == Value.Origin.OBJECT
        ? "is an object of the class "
            + name
            + ", which only Python can load; in Python, where that class is installed, save its"
            + " weights: torch.save("
            + loaded
            + ".state_dict(), 'weights.pt')"
        : "is the result of calling "
            + name
            + ", and Fovea never calls a function that a file names; the file is malicious or not a"
            + " state dict: save the module's state_dict() with torch.save";
  }

  /** Finds the dictionary of weights by the usual keys. */
  private Found findUsual(Value.Dict top) {
    return findUsual(top, "", 0).orElseThrow(() -> InteropException.of(path, nothing(top)));
  }

  private static String nothing(Value.Dict top) {
    boolean arrays =
        Stream.concat(Stream.of(top), top.entries().values().stream())
            .limit(MAX_LISTED)
            .anyMatch(
                v ->
                    v instanceof Value.Dict d
                        && d.entries().values().stream()
                            .limit(MAX_LISTED)
                            .anyMatch(Entries::isArray));
    return "contains no tensors at the top level or under any of "
        + USUAL
        + "; it has "
        + list(top.entries())
        + (arrays
            ? "; save NumPy arrays as tensors: torch.save({k: torch.from_numpy(v) for k, v in"
                + " arrays.items()}, 'weights.pt')"
            : "; save the module's state_dict() with torch.save");
  }

  private static boolean isArray(Value value) {
    return value instanceof Value.Opaque o && o.name().endsWith("multiarray._reconstruct");
  }

  private Optional<Found> findUsual(Value.Dict dict, String key, int depth) {
    if (depth > MAX_DEPTH || !seen.add(dict)) {
      return Optional.empty();
    }
    for (List<String> names : List.of(USUAL, AVERAGED)) {
      for (String name : names) {
        if (dict.entries().get(name) instanceof Value.Dict inner) {
          Optional<Found> found = findUsual(inner, join(key, name), depth + 1);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    if (depth == 0) {
      refuseObjects(dict, key);
    }
    List<Found> unusual = new ArrayList<>();
    dict.entries()
        .forEach(
            (name, value) -> {
              boolean numbered = name.startsWith("<int ");
              if (value instanceof Value.Dict inner && !numbered && !isStateOfTraining(name)) {
                findUsual(inner, join(key, name), depth + 1).ifPresent(unusual::add);
              }
            });
    long own = tensors(dict);
    if (own > 0 && unusual.stream().allMatch(f -> tensors(f.dict()) <= own)) {
      return Optional.of(new Found(key, dict));
    }
    if (unusual.size() > 1) {
      throw new EntryException(
          path
              + ": contains several sets of weights, and none has a usual key: "
              + unusual.stream()
                  .map(
                      f ->
                          "'" + InteropException.printable(f.key()) + "' (" + count(f.dict()) + ")")
                  .collect(Collectors.joining(", "))
              + "; choose one of them");
    }
    return unusual.stream().findFirst();
  }

  // A script that saves a Python object under a usual key has no weights elsewhere in the file.
  private void refuseObjects(Value.Dict dict, String key) {
    for (List<String> names : List.of(USUAL, AVERAGED)) {
      for (String name : names) {
        boolean settings = name.equals("params");
        if (!settings && dict.entries().get(name) instanceof Value.Opaque o) {
          throw InteropException.of(
              path, "its entry '" + join(key, name) + "' " + opaque(o, join(key, name)));
        }
      }
    }
  }

  private static boolean isStateOfTraining(String name) {
    String lower = name.toLowerCase(java.util.Locale.ROOT);
    return STATE_OF_TRAINING.stream().anyMatch(lower::contains);
  }

  private static String join(String key, String name) {
    return key.isEmpty() ? name : key + "." + name;
  }

  /** Finds the requested dictionary by its key, or by the prefix of its tensors' names. */
  private StateDict findNamed(Value.Dict top, String entry) {
    Optional<Found> found = descend(top, entry, "", 0);
    if (found.isPresent()) {
      return read(found.get(), top);
    }
    Optional<Found> usual = findUsual(top, "", 0);
    if (usual.isEmpty()) {
      throw new EntryException(
          path
              + ": has no entry '"
              + InteropException.printable(entry)
              + "'; it has "
              + list(top.entries()));
    }
    StateDict all = read(usual.get(), top);
    String inside = usual.get().key().isEmpty() ? "" : usual.get().key() + ".";
    return below(path, all, entry.startsWith(inside) ? entry.substring(inside.length()) : entry);
  }

  // Keys may contain dots, so every prefix of the path is tried as a key, the longest first.
  private Optional<Found> descend(Value value, String rest, String key, int depth) {
    if (rest.isEmpty()) {
      Value.Dict dict = dictionary(value, key);
      return Optional.of(
          findUsual(dict, key, depth)
              .orElseThrow(
                  () ->
                      new EntryException(
                          path
                              + ": its entry '"
                              + InteropException.printable(key)
                              + "' contains no tensors but "
                              + list(dict.entries()))));
    }
    if (depth > MAX_DEPTH) {
      return Optional.empty();
    }
    for (int end = rest.length(); end > 0; end = rest.lastIndexOf('.', end - 1)) {
      String name = rest.substring(0, end);
      Optional<Value> child = child(value, name);
      if (child.isPresent()) {
        String behind = end == rest.length() ? "" : rest.substring(end + 1);
        Optional<Found> found = descend(child.get(), behind, join(key, name), depth + 1);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Value> child(Value value, String name) {
    if (value instanceof Value.Dict dict) {
      Value child = dict.entries().get(name);
      return Optional.ofNullable(child != null ? child : dict.entries().get("<int " + name + ">"));
    }
    List<Value> list =
        value instanceof Value.Items i
            ? i.values()
            : value instanceof Value.Tuple t ? t.values() : List.of();
    boolean inside = name.matches("\\d{1,9}") && Integer.parseInt(name) < list.size();
    return inside ? Optional.of(list.get(Integer.parseInt(name))) : Optional.empty();
  }

  /**
   * Selects the tensors whose names start with {@code entry} and a dot, and removes that prefix.
   *
   * @throws EntryException if there are none
   */
  static StateDict below(Path path, StateDict all, String entry) {
    String prefix = entry + ".";
    Map<String, ForeignTensor> tensors = new LinkedHashMap<>();
    Set<String> heads = new TreeSet<>();
    all.tensors()
        .forEach(
            (name, tensor) -> {
              heads.add(name.substring(0, Math.max(name.indexOf('.'), 0)));
              if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), tensor);
              }
            });
    heads.remove("");
    if (tensors.isEmpty()) {
      throw new EntryException(
          path
              + ": has no entry '"
              + InteropException.printable(entry)
              + "'; the names of its tensors start with "
              + some(heads.stream().map(h -> "'" + InteropException.printable(h) + "'").toList()));
    }
    List<String> notes = new ArrayList<>(all.notes());
    notes.add(
        "loaded: the "
            + Decimals.count(tensors.size(), "tensor")
            + " whose names start with '"
            + InteropException.printable(prefix)
            + "'; ignored: "
            + (all.tensors().size() - tensors.size())
            + " others");
    return new StateDict(tensors, Map.of(), join(all.key(), entry), notes);
  }

  private StateDict read(Found found, Value.Dict top) {
    Map<String, ForeignTensor> tensors = new LinkedHashMap<>();
    Map<String, Value> rest = new LinkedHashMap<>();
    Map<String, String> others = new LinkedHashMap<>();
    found
        .dict()
        .entries()
        .forEach(
            (name, value) -> {
              if (value instanceof Value.Tensor t) {
                TensorView view = t.view();
                tensors.put(
                    name,
                    new ForeignTensor(
                        name, view.storage().type(), view.sizes(), () -> reader.floats(view)));
              } else {
                rest.put(name, value);
                others.put(name, describe(value));
              }
            });
    List<String> notes = new ArrayList<>();
    if (!found.key().isEmpty()) {
      notes.add(choice(found, top));
    }
    if (!rest.isEmpty()) {
      notes.add("ignored among the weights, because they are not tensors: " + list(rest));
    }
    return new StateDict(tensors, others, found.key(), notes);
  }

  /** One line about what was used and what was ignored. */
  private static String choice(Found found, Value.Dict top) {
    String first = found.key();
    Map<String, Value> rest = new LinkedHashMap<>(top.entries());
    rest.keySet().removeIf(k -> first.equals(k) || first.startsWith(k + "."));
    List<String> averages =
        rest.keySet().stream()
            .filter(k -> AVERAGED.contains(k) && rest.get(k) instanceof Value.Dict)
            .map(k -> "'" + k + "'")
            .toList();
    boolean average = AVERAGED.stream().anyMatch(a -> first.equals(a) || first.endsWith("." + a));
    return "loaded: '"
        + InteropException.printable(first)
        + "' ("
        + count(found.dict())
        + (average ? ", averaged over training" : "")
        + ")"
        + (rest.isEmpty() ? "" : "; ignored: " + list(rest))
        + (averages.isEmpty()
            ? ""
            : "; for the averaged weights, choose "
                + String.join(" or ", averages)
                + " as the entry");
  }

  private static String list(Map<String, Value> entries) {
    List<String> names = new ArrayList<>();
    entries.entrySet().stream()
        .limit(SHOWN)
        .forEach(
            e ->
                names.add("'" + InteropException.printable(e.getKey()) + "'" + what(e.getValue())));
    int more = entries.size() - names.size();
    return (names.isEmpty() ? "nothing" : String.join(", ", names))
        + (more > 0 ? " and " + more + " more" : "");
  }

  private static String what(Value value) {
    boolean plain = isPlain(value) || value instanceof Value.Dict d && tensors(d) == 0;
    return plain ? "" : " (" + describe(value) + ")";
  }

  private static boolean isPlain(Value value) {
    return !(value instanceof Value.Dict
        || value instanceof Value.Opaque
        || value instanceof Value.Tensor);
  }

  private static String some(List<String> names) {
    return names.isEmpty()
        ? "nothing"
        : String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
            + (names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "");
  }

  private static long tensors(Value.Dict dict) {
    return dict.entries().values().stream().filter(Value.Tensor.class::isInstance).count();
  }

  private static String count(Value.Dict dict) {
    long tensors = tensors(dict);
    return Decimals.count(tensors, "tensor");
  }

  private static String describe(Value value) {
    if (value instanceof Value.Opaque o) {
      String name = InteropException.printable(o.name());
      return o.origin() == Value.Origin.CALL ? name + ", not called" : name;
    } else if (value instanceof Value.Unknown u) {
      return "the name '" + InteropException.printable(u.name()) + "'";
    } else if (value instanceof Value.Named n) {
      return n.global().toString();
    } else if (value instanceof Value.Dict d) {
      return tensors(d) == 0 ? "a dictionary" : count(d);
    } else if (value instanceof Value.Tensor) {
      return "a tensor";
    } else if (value instanceof Value.Text) {
      return "a string";
    } else if (value instanceof Value.None) {
      return "None";
    } else if (value instanceof Value.Items || value instanceof Value.Tuple) {
      return "a list";
    }
    return value instanceof Value.Stored ? "a storage" : "a number";
  }
}
