package dev.fovea.onnx.importer;

import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxNode;
import dev.fovea.onnx.OnnxTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node with the values of its inputs, and its attributes by type. */
record Reading(OnnxNode node, List<Optional<Value>> inputs, long opset) {

  boolean has(int i) {
    return i < inputs.size() && inputs.get(i).isPresent();
  }

  Value input(int i) {
    if (!has(i)) {
      throw new Unsupported("its input " + (i + 1) + " is missing");
    }
    return inputs.get(i).get();
  }

  Value.Map map(int i) {
    if (input(i) instanceof Value.Map m) {
      return m;
    }
    if (input(i) instanceof Value.Scores) {
      throw new Unsupported(
          "it reads probabilities, and Fovea's networks end with what a softmax is taken of");
    }
    if (input(i) instanceof Value.GeluFactor) {
      throw new Unsupported(Gelus.ALONE);
    }
    throw new Unsupported("its input " + (i + 1) + " is a constant, expected what the image gives");
  }

  OnnxTensor constant(int i) {
    if (input(i) instanceof Value.Known k) {
      return k.tensor();
    }
    throw new Unsupported("its input " + (i + 1) + " depends on the image, expected a constant");
  }

  OnnxTensor reals(int i) {
    OnnxTensor t = constant(i);
    if (!t.type().isReal()) {
      throw new Unsupported("its input " + (i + 1) + " has elements of type " + t.type());
    }
    return t;
  }

  /** A constant of one number. */
  double number(int i) {
    OnnxTensor t = reals(i);
    if (t.elements() != 1) {
      throw new Unsupported("its input " + (i + 1) + " has " + t.dims() + ", expected one number");
    }
    return t.floats()[0];
  }

  List<Long> wholes(int i) {
    OnnxTensor t = constant(i);
    if (t.type().isReal()) {
      throw new Unsupported("its input " + (i + 1) + " has elements of type " + t.type());
    }
    return java.util.Arrays.stream(t.longs()).boxed().toList();
  }

  /** The same node with other inputs. */
  Reading with(List<Optional<Value>> others) {
    return new Reading(node, others, opset);
  }

  boolean allKnown() {
    return inputs.stream().allMatch(v -> v.isEmpty() || v.get() instanceof Value.Known);
  }

  private <T extends Attribute> Optional<T> attribute(String name, Class<T> type) {
    Attribute a = node.attributes().get(name);
    if (a == null) {
      return Optional.empty();
    }
    if (!type.isInstance(a)) {
      throw new Unsupported("its attribute " + name + " has a wrong type");
    }
    return Optional.of(type.cast(a));
  }

  long whole(String name, long otherwise) {
    return attribute(name, Attribute.Whole.class).map(Attribute.Whole::value).orElse(otherwise);
  }

  int small(String name, long otherwise) {
    long value = whole(name, otherwise);
    if (Math.abs(value) > 1 << 20) {
      throw new Unsupported("its attribute " + name + " is " + value);
    }
    return (int) value;
  }

  double real(String name, double otherwise) {
    // Shortest decimals: 1e-5 in a file is the binary32 nearest to it.
    return attribute(name, Attribute.Real.class)
        .map(a -> Double.parseDouble(Float.toString(a.value())))
        .orElse(otherwise);
  }

  String text(String name, String otherwise) {
    return attribute(name, Attribute.Text.class).map(Attribute.Text::value).orElse(otherwise);
  }

  Optional<List<Long>> list(String name) {
    return attribute(name, Attribute.Wholes.class).map(Attribute.Wholes::values);
  }

  List<Integer> small(String name, List<Integer> otherwise, int count) {
    Optional<List<Long>> list = list(name);
    List<Integer> values = list.isEmpty() ? otherwise : new ArrayList<>();
    for (long v : list.orElse(List.of())) {
      if (Math.abs(v) > 1 << 20) {
        throw new Unsupported("its attribute " + name + " is " + list.get());
      }
      values.add((int) v);
    }
    if (values.size() != count) {
      throw new Unsupported("its attribute " + name + " is " + values + ", expected " + count);
    }
    return values;
  }

  /** An attribute of older operator sets that is an input in newer ones. */
  Optional<List<Long>> listOrInput(String name, int input) {
    return has(input) ? Optional.of(wholes(input)) : list(name);
  }

  Optional<OnnxTensor> tensor(String name) {
    return attribute(name, Attribute.OfTensor.class).map(Attribute.OfTensor::value);
  }

  Map<String, Attribute> attributes() {
    return node.attributes();
  }
}
