package dev.fovea.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.TreeMap;

/**
 * Writes a model as an ONNX file; its bytes depend only on the model. Tensors are written one after
 * the other, so no more than one is in memory.
 */
public final class OnnxWriter {
  /** Protocol buffers are read with 31-bit lengths. */
  private static final long MOST = Integer.MAX_VALUE;

  private static final int BLOCK = 1 << 16;

  private final Message model;

  /**
   * Prepares a model for writing.
   *
   * @throws OnnxException if it needs more than 2 GB, which one ONNX file cannot hold
   */
  public OnnxWriter(OnnxModel model) {
    Message m = new Message().put(1, model.irVersion()).put(2, model.producer());
    m.put(7, graph(model.graph()));
    new TreeMap<>(model.opsets())
        .forEach((domain, version) -> m.put(8, new Message().put(1, domain).put(2, version)));
    new TreeMap<>(model.metadata())
        .forEach((key, text) -> m.put(14, new Message().put(1, key).put(2, text)));
    if (m.size() > MOST) {
      throw new OnnxException(
          "the network '"
              + model.graph().name()
              + "' needs "
              + m.size()
              + " bytes as an ONNX file, which can have at most "
              + MOST
              + "; export its weights as safetensors");
    }
    this.model = m;
  }

  /** The size of the file in bytes. */
  public long size() {
    return model.size();
  }

  /** Writes the file's content. */
  public void writeTo(WritableByteChannel channel) throws IOException {
    model.writeTo(channel);
  }

  private static Message graph(OnnxGraph graph) {
    Message m = new Message();
    graph.nodes().forEach(node -> m.put(1, node(node)));
    m.put(2, graph.name());
    graph.initializers().forEach(tensor -> m.put(5, tensor(tensor)));
    graph.inputs().forEach(value -> m.put(11, value(value)));
    graph.outputs().forEach(value -> m.put(12, value(value)));
    return m;
  }

  private static Message node(OnnxNode node) {
    Message m = new Message();
    node.inputs().forEach(name -> m.put(1, name));
    node.outputs().forEach(name -> m.put(2, name));
    m.put(3, node.name()).put(4, node.operator());
    new TreeMap<>(node.attributes()).forEach((name, value) -> m.put(5, attribute(name, value)));
    if (!node.domain().isEmpty()) {
      m.put(7, node.domain());
    }
    return m;
  }

  private static Message attribute(String name, Attribute value) {
    Message m = new Message().put(1, name);
    if (value instanceof Attribute.Real a) {
      return m.put(2, a.value()).put(20, 1L);
    } else if (value instanceof Attribute.Whole a) {
      return m.put(3, a.value()).put(20, 2L);
    } else if (value instanceof Attribute.Text a) {
      return m.put(4, a.value()).put(20, 3L);
    } else if (value instanceof Attribute.OfTensor a) {
      return m.put(5, tensor(a.value())).put(20, 4L);
    } else if (value instanceof Attribute.Reals a) {
      a.values().forEach(v -> m.put(7, v));
      return m.put(20, 6L);
    } else if (value instanceof Attribute.Wholes a) {
      a.values().forEach(v -> m.put(8, v));
      return m.put(20, 7L);
    }
    throw new IllegalArgumentException("the attribute " + name + " is " + value);
  }

  private static Message value(ValueInfo value) {
    Message shape = new Message();
    for (ValueInfo.Dim dim : value.dims()) {
      Message d = new Message();
      shape.put(1, dim.size() > 0 ? d.put(1, dim.size()) : d.put(2, dim.name()));
    }
    Message tensor = new Message().put(1, value.type()).put(2, shape);
    return new Message().put(1, value.name()).put(2, new Message().put(1, tensor));
  }

  private static Message tensor(OnnxTensor tensor) {
    Message m = new Message();
    tensor.dims().forEach(d -> m.put(1, d));
    m.put(2, (long) tensor.type().number()).put(8, tensor.name());
    long bytes = Math.multiplyExact(tensor.elements(), tensor.type().bytes());
    return switch (tensor.type()) {
      case FLOAT -> m.put(9, bytes, channel -> floats(tensor, channel));
      case INT64, INT32, INT8, UINT8 -> m.put(9, bytes, channel -> integers(tensor, channel));
      default ->
          throw new IllegalArgumentException(
              tensor.name()
                  + " is "
                  + tensor.type()
                  + "; only FLOAT, INT64, INT32, INT8 and UINT8 are written");
    };
  }

  private static void floats(OnnxTensor tensor, WritableByteChannel channel) throws IOException {
    float[] values = tensor.floats();
    checkSize(tensor, values.length);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length; ) {
      block.clear();
      int count = Math.min(values.length - at, BLOCK / Float.BYTES);
      block.asFloatBuffer().put(values, at, count);
      drain(block.limit(count * Float.BYTES), channel);
      at += count;
    }
  }

  private static void integers(OnnxTensor tensor, WritableByteChannel channel) throws IOException {
    long[] values = tensor.longs();
    checkSize(tensor, values.length);
    int each = tensor.type().bytes();
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length; ) {
      block.clear();
      for (int end = Math.min(values.length, at + BLOCK / each); at < end; at++) {
        switch (each) {
          case Byte.BYTES -> block.put((byte) values[at]);
          case Integer.BYTES -> block.putInt((int) values[at]);
          default -> block.putLong(values[at]);
        }
      }
      drain(block.flip(), channel);
    }
  }

  private static void checkSize(OnnxTensor tensor, int values) {
    if (values != tensor.elements()) {
      throw new IllegalStateException(
          tensor.name() + " has " + values + " values, expected " + tensor.elements());
    }
  }

  private static void drain(ByteBuffer block, WritableByteChannel channel) throws IOException {
    while (block.hasRemaining()) {
      channel.write(block);
    }
  }
}
