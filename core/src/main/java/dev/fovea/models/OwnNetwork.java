package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Op.BatchNorm.Statistics;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Shape;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A network that is not in the list, defined by a text: its nodes in order, then its outputs.
 *
 * <pre>
 * input=Input(|3x32x32);conv1=Conv2d(input|16|3x3s1x1p1x1|1|false|HeNormal:OUT|Constant:0.0);
 * ...;fc=Linear(flatten|10|true|PyTorchDefault:64|PyTorchDefault:64);>fc:1.0
 * </pre>
 *
 * <p>A node is its name, its operation's kind, and in parentheses its inputs and the operation's
 * numbers in the order in which the record of {@link Op} declares them. Only records of {@link Op}
 * and {@link Initializer} are made, so a text can make nothing else.
 */
final class OwnNetwork {
  private static final Pattern NODE = Pattern.compile("([^=();]+)=([A-Za-z0-9]+)\\(([^();]*)\\)");
  private static final Pattern WINDOW =
      Pattern.compile("(\\d{1,6})x(\\d{1,6})s(\\d{1,6})x(\\d{1,6})p(\\d{1,6})x(\\d{1,6})");
  private static final int MOST_NODES = 1 << 16;
  private static final int AS_WRITTEN = -1;
  private static final Map<String, Class<?>> OPS = kinds(Op.class);
  private static final Map<String, Class<?>> INITIALIZERS = kinds(Initializer.class);

  /** Those whose last value is an initializer itself. */
  private static final Set<Class<?>> NESTING =
      Set.of(Initializer.Dirac.class, Initializer.Fixed.class, Initializer.Scaled.class);

  private OwnNetwork() {}

  private static Map<String, Class<?>> kinds(Class<?> sealed) {
    return Arrays.stream(sealed.getPermittedSubclasses())
        .collect(Collectors.toMap(Class::getSimpleName, c -> c));
  }

  /** The text that defines a graph. */
  static String definition(Graph graph) {
    StringBuilder text = new StringBuilder();
    for (Node n : graph.nodes()) {
      text.append(escaped(n.name())).append('=').append(n.op().label()).append('(');
      text.append(n.inputs().stream().map(i -> escaped(i.name())).collect(Collectors.joining(",")));
      for (String value : values((Record) n.op())) {
        text.append('|').append(value);
      }
      text.append(");");
    }
    return text.append('>')
        .append(
            graph.outputs().stream()
                .map(o -> escaped(o.node().name()) + ":" + o.lossWeight())
                .collect(Collectors.joining(",")))
        .toString();
  }

  private static List<String> values(Record record) {
    List<String> values = new ArrayList<>();
    for (RecordComponent c : record.getClass().getRecordComponents()) {
      try {
        values.add(value(c.getAccessor().invoke(record)));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot read component " + c, e);
      }
    }
    return values;
  }

  private static String value(Object value) {
    if (value instanceof Window w) {
      return w.kernelH()
          + "x"
          + w.kernelW()
          + "s"
          + w.strideH()
          + "x"
          + w.strideW()
          + "p"
          + w.padH()
          + "x"
          + w.padW();
    } else if (value instanceof Initializer i) {
      List<String> parts = new ArrayList<>(List.of(i.getClass().getSimpleName()));
      parts.addAll(values((Record) i));
      return String.join(":", parts);
    } else if (value instanceof Statistics s && s != Statistics.ALL_RANKS) {
      return String.valueOf(s == Statistics.FIXED);
    } else if (value instanceof Op.BatchNorm || value instanceof Statistics) {
      throw new ModelException(
          "a network that a pass has changed has no text; save the network that was built");
    }
    return value.toString();
  }

  /** A network's definition, read but not yet built. */
  record Definition(String name, List<Line> lines, List<String> outputs) {
    Shape input() {
      if (lines.get(0).op() instanceof Op.Input input) {
        return input.shape();
      }
      throw new ModelException("model '" + name + "': its first node is not its input");
    }

    int classes() {
      return build(name, AS_WRITTEN, input()).classes();
    }

    /**
     * Builds the network.
     *
     * @param graphName the name of the graph
     * @param classes the number of classes; that of the text if it is negative
     */
    Graph build(String graphName, int classes, Shape input) {
      GraphBuilder builder = new GraphBuilder(graphName);
      Map<String, Node> nodes = new HashMap<>();
      Map<String, Integer> heads = classes < 0 ? Map.of() : heads(classes);
      for (Line line : lines) {
        List<Node> inputs = line.inputs().stream().map(i -> node(nodes, i)).toList();
        Op op = line.op() instanceof Op.Input ? new Op.Input(input) : line.op();
        Integer width = heads.get(line.name());
        nodes.put(line.name(), builder.add(line.name(), withOutputs(op, width), inputs));
      }
      for (String output : outputs) {
        int colon = output.lastIndexOf(':');
        if (colon < 0) {
          throw unreadable(name, output);
        }
        builder.output(
            node(nodes, unescaped(name, output.substring(0, colon))),
            number(name, output.substring(colon + 1)));
      }
      return builder.build();
    }

    private Node node(Map<String, Node> nodes, String wanted) {
      Node node = nodes.get(wanted);
      if (node == null) {
        throw new ModelException(
            "model '" + name + "': a node reads '" + wanted + "', which does not come before it");
      }
      return node;
    }

    /** The layers that decide the number of classes, if it is to be another one. */
    private Map<String, Integer> heads(int classes) {
      Graph graph = build(name, AS_WRITTEN, input());
      if (graph.classes() == classes) {
        return Map.of();
      }
      Map<String, Integer> heads = new LinkedHashMap<>();
      for (Graph.Output output : graph.outputs()) {
        Node node = output.node();
        while (node.inputs().size() == 1
            && !(node.op() instanceof Op.Linear)
            && !(node.op() instanceof Op.Conv2d)) {
          node = node.input();
        }
        boolean sized = node.shape().dim(0) == graph.classes();
        boolean whole = !(node.op() instanceof Op.Conv2d c) || c.groups() == 1;
        if (node.inputs().size() != 1 || !sized || !whole) {
          throw new ModelException(
              "model '"
                  + name
                  + "' has "
                  + Decimals.count(graph.classes(), "class")
                  + ", and no last layer that could be made for "
                  + classes
                  + "; use it with its own classes");
        }
        heads.put(node.name(), classes);
      }
      return heads;
    }
  }

  record Line(String name, Op op, List<String> inputs) {}

  private static Op withOutputs(Op op, @Nullable Integer width) {
    if (width == null) {
      return op;
    } else if (op instanceof Op.Conv2d o) {
      return new Op.Conv2d(width, o.window(), o.groups(), o.bias(), o.weightInit(), o.biasInit());
    }
    Op.Linear o = (Op.Linear) op;
    return new Op.Linear(width, o.bias(), o.weightInit(), o.biasInit());
  }

  /**
   * Reads a definition.
   *
   * @throws ModelException if it cannot be read
   */
  static Definition read(String name, String text) {
    int end = text.lastIndexOf(";>");
    if (end < 0) {
      throw unreadable(name, "its outputs");
    }
    List<Line> lines = new ArrayList<>();
    for (String part : text.substring(0, end).split(";", MOST_NODES)) {
      Matcher m = NODE.matcher(part);
      if (!m.matches()) {
        throw unreadable(name, part);
      }
      String[] values = m.group(3).split("\\|", -1);
      List<String> inputs =
          values[0].isEmpty()
              ? List.of()
              : Arrays.stream(values[0].split(",", -1)).map(i -> unescaped(name, i)).toList();
      List<String> rest = Arrays.asList(values).subList(1, values.length);
      Class<?> kind =
          Optional.ofNullable(OPS.get(m.group(2))).orElseThrow(() -> unreadable(name, part));
      lines.add(new Line(unescaped(name, m.group(1)), (Op) record(name, kind, rest), inputs));
    }
    return new Definition(name, lines, List.of(text.substring(end + 2).split(",", -1)));
  }

  private static Object record(String name, Class<?> kind, List<String> values) {
    RecordComponent[] components = kind.getRecordComponents();
    if (components.length != values.size()) {
      throw unreadable(name, kind.getSimpleName() + " with " + values.size() + " values");
    }
    Class<?>[] types = new Class<?>[components.length];
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      arguments[i] = argument(name, types[i], values.get(i));
    }
    try {
      Constructor<?> constructor = kind.getDeclaredConstructor(types);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof GraphException g
          ? g
          : unreadable(name, kind.getSimpleName() + " of " + values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + kind, e);
    }
  }

  private static Object argument(String name, Class<?> type, String text) {
    if (type == int.class) {
      return whole(name, text);
    } else if (type == double.class) {
      return number(name, text);
    } else if (type == boolean.class && (text.equals("true") || text.equals("false"))) {
      return text.equals("true");
    } else if (type == Statistics.class) {
      // In the text it is whether they are fixed: a network is not written for several ranks.
      boolean fixed = (boolean) argument(name, boolean.class, text);
      return fixed ? Statistics.FIXED : Statistics.BATCH;
    } else if (type == Shape.class && !text.isEmpty()) {
      return Shape.of(
          Arrays.stream(text.split("x", 4)).mapToInt(d -> Math.max(1, whole(name, d))).toArray());
    } else if (type == Window.class) {
      return window(name, text);
    } else if (type == Initializer.class) {
      String[] parts = text.split(":", -1);
      Class<?> kind = INITIALIZERS.get(parts[0]);
      if (kind != null && NESTING.contains(kind)) {
        // The last value has colons of its own.
        String[] values = text.split(":", 1 + kind.getRecordComponents().length);
        return record(name, kind, Arrays.asList(values).subList(1, values.length));
      } else if (kind != null) {
        return record(name, kind, Arrays.asList(parts).subList(1, parts.length));
      }
    } else if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(c -> c.toString().equals(text))
          .findFirst()
          .orElseThrow(() -> unreadable(name, text));
    }
    throw unreadable(name, text);
  }

  private static Window window(String name, String text) {
    Matcher m = WINDOW.matcher(text);
    if (!m.matches()) {
      throw unreadable(name, text);
    }
    int[] n = new int[m.groupCount()];
    for (int i = 0; i < n.length; i++) {
      n[i] = Integer.parseInt(m.group(i + 1));
    }
    return new Window(n[0], n[1], n[2], n[3], n[4], n[5]);
  }

  private static int whole(String name, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw unreadable(name, text);
    }
  }

  private static double number(String name, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw unreadable(name, text);
    }
  }

  private static ModelException unreadable(String name, String part) {
    String some = part.length() > 80 ? part.substring(0, 80) + "..." : part;
    return new ModelException(
        "model '"
            + name
            + "': its definition cannot be read at '"
            + some
            + "'; it must be as Fovea wrote it");
  }

  private static String escaped(String name) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || "_.-/:".indexOf(c) >= 0);
      text.append(plain ? String.valueOf(c) : String.format("%%%04x", (int) c));
    }
    return text.toString();
  }

  private static String unescaped(String model, String text) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != '%') {
        name.append(text.charAt(i));
        continue;
      }
      if (i + 5 > text.length()) {
        throw unreadable(model, text);
      }
      try {
        name.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
      } catch (NumberFormatException e) {
        throw unreadable(model, text);
      }
      i += 4;
    }
    return name.toString();
  }
}
