package dev.fovea.onnx;

import dev.fovea.onnx.ProtoReader.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the messages of an ONNX file; field numbers are those of onnx.proto. */
final class ModelParser {
  private static final int LONGEST_NAME = 1 << 12;
  private static final int LONGEST_TEXT = 1 << 24;

  /** Far above what a network of these families has; bounds the memory of a hostile file. */
  private static final int MOST_ITEMS = 1 << 20;

  private static final long MOST_ELEMENTS = 1L << 29;
  private static final int HIGHEST_RANK = 8;

  private final Path path;
  private final ProtoReader in;
  private final ExternalData external;
  private int items;

  ModelParser(Path path, ProtoReader in, ExternalData external) {
    this.path = path;
    this.in = in;
    this.external = external;
  }

  OnnxModel model() {
    Span all = in.whole();
    long ir = 0;
    String producer = "";
    Map<String, Long> opsets = new HashMap<>();
    OnnxGraph graph = null;
    Map<String, String> metadata = new HashMap<>();
    while (in.position() < all.end()) {
      int tag = in.tag(all.end());
      switch (tag) {
        case 1 << 3 | ProtoReader.VARINT -> ir = in.varint(all.end());
        case 2 << 3 | ProtoReader.BYTES -> producer = in.text(all.end(), LONGEST_NAME);
        case 7 << 3 | ProtoReader.BYTES -> {
          if (graph != null) {
            throw in.damaged("a second graph");
          }
          graph = graph(in.enter(all.end()));
        }
        case 8 << 3 | ProtoReader.BYTES -> {
          Pair pair = pair(in.enter(all.end()));
          opsets.put(pair.text.equals("ai.onnx") ? "" : pair.text, pair.number);
        }
        case 14 << 3 | ProtoReader.BYTES -> {
          Pair pair = pair(in.enter(all.end()));
          metadata.put(pair.text, pair.second);
        }
        default -> in.skip(tag & 7, all.end());
      }
    }
    if (graph == null) {
      throw in.damaged("no graph");
    }
    return new OnnxModel(ir, producer, opsets, graph, metadata);
  }

  /** A text and what belongs to it: an operator set with its version, or a key with its text. */
  private record Pair(String text, long number, String second) {}

  private Pair pair(Span span) {
    item();
    String first = "";
    String second = "";
    long number = 0;
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      switch (tag) {
        case 1 << 3 | ProtoReader.BYTES -> first = in.text(span.end(), LONGEST_NAME);
        case 2 << 3 | ProtoReader.BYTES -> second = in.text(span.end(), LONGEST_TEXT);
        case 2 << 3 | ProtoReader.VARINT -> number = in.varint(span.end());
        default -> in.skip(tag & 7, span.end());
      }
    }
    return new Pair(first, number, second);
  }

  private OnnxGraph graph(Span span) {
    String name = "";
    List<OnnxNode> nodes = new ArrayList<>();
    List<OnnxTensor> initializers = new ArrayList<>();
    List<ValueInfo> inputs = new ArrayList<>();
    List<ValueInfo> outputs = new ArrayList<>();
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      switch (tag) {
        case 1 << 3 | ProtoReader.BYTES -> nodes.add(node(in.enter(span.end())));
        case 2 << 3 | ProtoReader.BYTES -> name = in.text(span.end(), LONGEST_NAME);
        case 5 << 3 | ProtoReader.BYTES -> initializers.add(tensor(in.enter(span.end())));
        case 11 << 3 | ProtoReader.BYTES -> inputs.add(value(in.enter(span.end())));
        case 12 << 3 | ProtoReader.BYTES -> outputs.add(value(in.enter(span.end())));
        case 15 << 3 | ProtoReader.BYTES ->
            throw OnnxException.of(
                path,
                "has sparse weights, which Fovea does not read; export the model with dense ones");
        default -> in.skip(tag & 7, span.end());
      }
    }
    return new OnnxGraph(name, nodes, initializers, inputs, outputs);
  }

  private OnnxNode node(Span span) {
    item();
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    String name = "";
    String operator = "";
    String domain = "";
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      switch (tag) {
        case 1 << 3 | ProtoReader.BYTES -> inputs.add(name(span));
        case 2 << 3 | ProtoReader.BYTES -> outputs.add(name(span));
        case 3 << 3 | ProtoReader.BYTES -> name = name(span);
        case 4 << 3 | ProtoReader.BYTES -> operator = name(span);
        case 5 << 3 | ProtoReader.BYTES -> attribute(in.enter(span.end()), attributes);
        case 7 << 3 | ProtoReader.BYTES -> domain = name(span);
        default -> in.skip(tag & 7, span.end());
      }
    }
    return new OnnxNode(
        name, operator, domain.equals("ai.onnx") ? "" : domain, inputs, outputs, attributes);
  }

  private String name(Span span) {
    item();
    return in.text(span.end(), LONGEST_NAME);
  }

  /** What an attribute message holds. */
  private static final class Fields {
    float real;
    long whole;
    String text = "";
    Optional<OnnxTensor> tensor = Optional.empty();
    final List<Long> wholes = new ArrayList<>();
    final List<Float> reals = new ArrayList<>();
    String other = "";
  }

  private void attribute(Span span, Map<String, Attribute> attributes) {
    item();
    Fields f = new Fields();
    String name = "";
    long type = 0;
    int last = 0;
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      int field = tag >>> 3;
      switch (tag) {
        case 1 << 3 | ProtoReader.BYTES -> name = in.text(span.end(), LONGEST_NAME);
        case 20 << 3 | ProtoReader.VARINT -> type = in.varint(span.end());
        case 2 << 3 | ProtoReader.FIXED32 -> f.real = in.fixed32(span.end());
        case 3 << 3 | ProtoReader.VARINT -> f.whole = in.varint(span.end());
        case 4 << 3 | ProtoReader.BYTES -> f.text = text(span);
        case 5 << 3 | ProtoReader.BYTES -> f.tensor = Optional.of(tensor(in.enter(span.end())));
        case 7 << 3 | ProtoReader.FIXED32 -> f.reals.add(number(in.fixed32(span.end())));
        case 7 << 3 | ProtoReader.BYTES -> {
          Span packed = in.enter(span.end());
          while (in.position() < packed.end()) {
            f.reals.add(number(in.fixed32(packed.end())));
          }
        }
        case 8 << 3 | ProtoReader.VARINT -> f.wholes.add(number(in.varint(span.end())));
        case 8 << 3 | ProtoReader.BYTES -> {
          Span packed = in.enter(span.end());
          while (in.position() < packed.end()) {
            f.wholes.add(number(in.varint(packed.end())));
          }
        }
        default -> {
          in.skip(tag & 7, span.end());
          f.other = other(field);
          field = isValue(field) ? field : 0;
        }
      }
      last = field >= 2 && field <= 11 ? field : last;
    }
    if (attributes.put(name, attribute(f, type, last)) != null) {
      throw in.damaged("the attribute '" + OnnxException.printable(name) + "' twice in a node");
    }
  }

  private static boolean isValue(int field) {
    return field == 6 || field >= 9 && field <= 11;
  }

  private static String other(int field) {
    return switch (field) {
      case 6 -> "graph";
      case 9 -> "strings";
      case 10 -> "tensors";
      case 11 -> "graphs";
      default -> "unknown";
    };
  }

  /** {@code type} is 0 in old files, where the field that is set says it. */
  private Attribute attribute(Fields f, long type, int last) {
    int kind = type == 0 ? kind(last) : (int) Math.min(type, Integer.MAX_VALUE);
    return switch (kind) {
      case 1 -> new Attribute.Real(f.real);
      case 2 -> new Attribute.Whole(f.whole);
      case 3 -> new Attribute.Text(f.text);
      case 4 ->
          new Attribute.OfTensor(
              f.tensor.orElseThrow(() -> in.damaged("an attribute without its tensor")));
      case 6 -> new Attribute.Reals(f.reals);
      case 7 -> new Attribute.Wholes(f.wholes);
      default -> new Attribute.Other(f.other);
    };
  }

  private static int kind(int field) {
    return switch (field) {
      case 2 -> 1;
      case 3 -> 2;
      case 4 -> 3;
      case 5 -> 4;
      case 7 -> 6;
      case 8 -> 7;
      default -> 5;
    };
  }

  private <T> T number(T value) {
    item();
    return value;
  }

  // Some attributes hold bytes; none that Fovea uses does.
  private String text(Span span) {
    Span text = in.enter(span.end());
    if (text.length() > LONGEST_NAME) {
      in.seek(text.end());
      return "";
    }
    byte[] bytes = new byte[(int) text.length()];
    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(bytes);
    in.fill(buffer, text.start());
    in.seek(text.end());
    return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }

  private OnnxTensor tensor(Span span) {
    item();
    TensorFields f = new TensorFields();
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      switch (tag) {
        case 1 << 3 | ProtoReader.VARINT -> f.dims.add(number(in.varint(span.end())));
        case 1 << 3 | ProtoReader.BYTES -> {
          Span packed = in.enter(span.end());
          while (in.position() < packed.end()) {
            f.dims.add(number(in.varint(packed.end())));
          }
        }
        case 2 << 3 | ProtoReader.VARINT -> f.type = in.varint(span.end());
        case 8 << 3 | ProtoReader.BYTES -> f.name = in.text(span.end(), LONGEST_NAME);
        case 9 << 3 | ProtoReader.BYTES -> f.raw.add(in.span(span.end()));
        case 13 << 3 | ProtoReader.BYTES -> {
          Pair pair = pair(in.enter(span.end()));
          f.external.put(pair.text, pair.second);
        }
        case 14 << 3 | ProtoReader.VARINT -> f.isExternal = in.varint(span.end()) == 1;
        default -> typed(tag, span, f);
      }
    }
    return tensor(f);
  }

  private static final class TensorFields {
    String name = "";
    long type;
    boolean isExternal;
    final List<Long> dims = new ArrayList<>();
    final List<Span> raw = new ArrayList<>();
    final Map<Integer, List<Span>> typed = new HashMap<>();
    final Map<String, String> external = new HashMap<>();
  }

  /** Values in a field for their type: packed, or one by one. */
  private void typed(int tag, Span span, TensorFields f) {
    int field = tag >>> 3;
    boolean known = field == 4 || field == 5 || field == 7 || field == 10 || field == 11;
    if (known && (tag & 7) == ProtoReader.BYTES) {
      f.typed.computeIfAbsent(field, k -> new ArrayList<>()).add(in.span(span.end()));
    } else {
      long start = in.position();
      in.skip(tag & 7, span.end());
      if (known) {
        item();
        f.typed.computeIfAbsent(field, k -> new ArrayList<>()).add(new Span(start, in.position()));
      }
    }
  }

  private OnnxTensor tensor(TensorFields f) {
    String title = "the tensor '" + OnnxException.printable(f.name) + "'";
    Optional<OnnxType> type = OnnxType.numbered(f.type);
    if (type.isEmpty()) {
      throw OnnxException.of(
          path,
          title
              + " has elements of type "
              + f.type
              + " (onnx.TensorProto.DataType), expected floating-point numbers or integers; export"
              + " the model in float32");
    }
    long elements = elements(f, title);
    if (f.isExternal) {
      return new OnnxTensor(
          f.name, type.get(), f.dims, external.values(f.name, f.external, type.get(), elements));
    }
    boolean raw = !f.raw.isEmpty();
    if (raw && (f.raw.size() > 1 || f.raw.get(0).length() != elements * type.get().bytes())) {
      throw in.damaged(
          f.raw.get(f.raw.size() - 1).length()
              + " bytes for "
              + title
              + " of "
              + elements
              + " elements of "
              + type.get().bytes()
              + " bytes");
    }
    int field =
        switch (type.get()) {
          case FLOAT -> 4;
          case INT64 -> 7;
          case DOUBLE -> 10;
          case UINT32 -> 11;
          default -> 5;
        };
    int wire =
        switch (field) {
          case 4 -> ProtoReader.FIXED32;
          case 10 -> ProtoReader.FIXED64;
          default -> ProtoReader.VARINT;
        };
    List<Span> spans = raw ? f.raw : f.typed.getOrDefault(field, List.of());
    long bytes = spans.stream().mapToLong(Span::length).sum();
    if (bytes < elements) {
      throw in.damaged("no or too few values for " + title + " of " + elements + " elements");
    }
    return new OnnxTensor(
        f.name,
        type.get(),
        f.dims,
        new TensorData(in, f.name, type.get(), elements, raw, List.copyOf(spans), wire));
  }

  private long elements(TensorFields f, String title) {
    long elements = 1;
    boolean fits = f.dims.size() <= HIGHEST_RANK;
    for (long d : f.dims) {
      fits &= d >= 0 && d <= MOST_ELEMENTS;
      elements = fits ? elements * d : elements;
      fits &= elements <= MOST_ELEMENTS;
    }
    if (!fits) {
      throw in.damaged(
          title
              + " with the sizes "
              + OnnxException.printable(f.dims.toString())
              + ", expected at most "
              + HIGHEST_RANK
              + " sizes and "
              + MOST_ELEMENTS
              + " elements,");
    }
    return elements;
  }

  private ValueInfo value(Span span) {
    item();
    String name = "";
    long type = 0;
    List<ValueInfo.Dim> dims = new ArrayList<>();
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      if (tag == (1 << 3 | ProtoReader.BYTES)) {
        name = in.text(span.end(), LONGEST_NAME);
      } else if (tag == (2 << 3 | ProtoReader.BYTES)) {
        Span kind = in.enter(span.end());
        while (in.position() < kind.end()) {
          int inner = in.tag(kind.end());
          if (inner == (1 << 3 | ProtoReader.BYTES)) {
            type = tensorType(in.enter(kind.end()), dims);
          } else {
            in.skip(inner & 7, kind.end());
          }
        }
      } else {
        in.skip(tag & 7, span.end());
      }
    }
    return new ValueInfo(name, type, dims);
  }

  private long tensorType(Span span, List<ValueInfo.Dim> dims) {
    long type = 0;
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      if (tag == (1 << 3 | ProtoReader.VARINT)) {
        type = in.varint(span.end());
      } else if (tag == (2 << 3 | ProtoReader.BYTES)) {
        Span shape = in.enter(span.end());
        while (in.position() < shape.end()) {
          int inner = in.tag(shape.end());
          if (inner == (1 << 3 | ProtoReader.BYTES)) {
            dims.add(dim(in.enter(shape.end())));
          } else {
            in.skip(inner & 7, shape.end());
          }
        }
      } else {
        in.skip(tag & 7, span.end());
      }
    }
    return type;
  }

  private ValueInfo.Dim dim(Span span) {
    item();
    long size = 0;
    String name = "";
    while (in.position() < span.end()) {
      int tag = in.tag(span.end());
      if (tag == (1 << 3 | ProtoReader.VARINT)) {
        size = Math.max(0, in.varint(span.end()));
      } else if (tag == (2 << 3 | ProtoReader.BYTES)) {
        name = in.text(span.end(), LONGEST_NAME);
      } else {
        in.skip(tag & 7, span.end());
      }
    }
    return new ValueInfo.Dim(size, name);
  }

  private void item() {
    if (++items > MOST_ITEMS) {
      throw OnnxException.of(
          path,
          "has more than "
              + MOST_ITEMS
              + " nodes, names and numbers outside its tensors, which is no network that Fovea"
              + " could run");
    }
  }
}
