package dev.fovea.interop;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a saved object.
 *
 * @param others names in the same dictionary that stand for something else
 * @param key under which the dictionary lies in the saved object; empty if it is the object
 */
record StateDict(Map<String, ForeignTensor> tensors, List<String> others, String key) {
  /** Where training scripts keep the weights, the usual first. */
  private static final List<String> KEYS =
      List.of(
          "state_dict",
          "model_state_dict",
          "model",
          "params",
          "net",
          "weights",
          "model_state",
          "network");

  static StateDict of(Path path, Value value, TensorReader reader) {
    if (!(value instanceof Value.Dict top)) {
      throw InteropException.of(
          path, "holds no dictionary of tensors; save the module's state_dict()");
    }
    if (holdsTensors(top)) {
      return read(top, "", reader);
    }
    for (String key : KEYS) {
      if (top.entries().get(key) instanceof Value.Dict inner && holdsTensors(inner)) {
        return read(inner, key, reader);
      }
    }
    throw InteropException.of(
        path,
        "holds no tensors at the top nor under one of "
            + KEYS
            + "; it has "
            + InteropException.shown(
                top.entries().keySet().stream().limit(12).toList().toString()));
  }

  private static boolean holdsTensors(Value.Dict dict) {
    return dict.entries().values().stream().anyMatch(Value.Tensor.class::isInstance);
  }

  private static StateDict read(Value.Dict dict, String key, TensorReader reader) {
    Map<String, ForeignTensor> tensors = new LinkedHashMap<>();
    List<String> others = new ArrayList<>();
    dict.entries()
        .forEach(
            (name, value) -> {
              if (value instanceof Value.Tensor t) {
                TensorView view = t.view();
                tensors.put(
                    name,
                    new ForeignTensor(
                        name, view.storage().type(), view.sizes(), () -> reader.floats(view)));
              } else {
                others.add(name);
              }
            });
    return new StateDict(tensors, others, key);
  }
}
