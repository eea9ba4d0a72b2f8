package dev.fovea.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.Fuzz;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onnx.Attribute;
import dev.fovea.onnx.OnnxException;
import dev.fovea.onnx.OnnxFile;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.onnx.exporter.ZooModel;
import dev.fovea.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged, hostile and unsupported files: one clear line each, and bounded memory. */
class HostileOnnxTest {
  private static final int ROUNDS = 600;
  private static final int ROUNDS_OF_SMALL_FILES = 9400;
  private static final Path SMALL = Path.of("src/test/resources/onnx/wild");

  @TempDir private Path folder;

  private static void read(Path path) {
    try (OnnxFile file = OnnxFile.open(path, false)) {
      OnnxImport.of(file, path, OptionalInt.of(32), OptionalInt.empty(), 1);
    }
  }

  private static byte[] good() {
    Graph graph = Models.graph("resnet20", 5, Shape.of(3, 32, 32));
    OnnxWriter writer =
        new OnnxWriter(
            OnnxExport.model(
                graph,
                name -> ZooModel.values(graph, name),
                ZooModel.card(graph),
                OnnxExportOptions.STANDARD));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      writer.writeTo(Channels.newChannel(bytes));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Test
  void mutatedFilesAreRefusedOrReadWithinBoundedMemory() throws IOException {
    byte[] good = good();
    Path file = folder.resolve("mutated.onnx");
    Fuzz.Outcome outcome =
        Fuzz.of("onnx", ROUNDS, 300 << 20, Set.of(OnnxException.class))
            .run(
                random -> {
                  byte[] bytes = good.clone();
                  // Nodes come first, and structure is what matters.
                  int within = random.nextBoolean() ? Math.min(bytes.length, 9000) : bytes.length;
                  for (int i = 0; i <= random.nextInt(6); i++) {
                    bytes[random.nextInt(within)] = (byte) random.nextInt();
                  }
                  return random.nextInt(8) == 0
                      ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length))
                      : bytes;
                },
                input -> {
                  Files.write(file, input);
                  read(file);
                });
    assertThat(outcome.refused()).isPositive();
    assertThat(outcome.read()).isPositive();
  }

  @Test
  void mutatedFilesOfOtherExportersAreRefusedInOneLineOrRead() throws IOException {
    List<byte[]> good = new ArrayList<>();
    try (Stream<Path> files = Files.list(SMALL)) {
      for (Path f : files.filter(f -> f.toString().endsWith(".onnx")).sorted().toList()) {
        good.add(Files.readAllBytes(f));
      }
    }
    // The list of networks is counted once, for the first file.
    read(SMALL.resolve("keras2onnx-thin.onnx"));
    Path file = folder.resolve("mutated.onnx");
    Fuzz.Outcome outcome =
        Fuzz.of("onnx-small", ROUNDS_OF_SMALL_FILES, 64 << 20, Set.of(OnnxException.class))
            .run(
                random -> {
                  byte[] bytes = good.get(random.nextInt(good.size())).clone();
                  for (int i = 0; i <= random.nextInt(4); i++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                  }
                  return random.nextInt(8) == 0
                      ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length))
                      : bytes;
                },
                input -> {
                  Files.write(file, input);
                  try {
                    read(file);
                  } catch (OnnxException e) {
                    assertThat(e.getMessage()).startsWith(file + ": ").doesNotContain("\n");
                    throw e;
                  }
                });
    assertThat(outcome.refused()).isGreaterThan(1000);
    assertThat(outcome.read()).isGreaterThan(1000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../../etc/passwd", "/etc/passwd", "a/b", "..", ".", "", "c:\\x", "link", "hard"})
  void noFileOutsideTheFolderIsRead(String location) throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "x".repeat(64));
    Path inside = Files.createDirectories(folder.resolve("inside"));
    Files.createSymbolicLink(inside.resolve("link"), secret);
    Files.createLink(inside.resolve("hard"), secret);
    Path model = Files.write(inside.resolve("m.onnx"), external(location));
    assertThatThrownBy(() -> OnnxFile.open(model, true))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("another file");
    assertThatThrownBy(() -> OnnxFile.open(model, false))
        .hasMessageContaining("not read by default");
  }

  @Test
  void aFileBesideTheModelIsReadIfItIsAllowed() throws IOException {
    Path model = Files.write(folder.resolve("m.onnx"), external("values"));
    Files.write(folder.resolve("values"), new byte[] {0, 0, (byte) 0x80, 0x3f});
    try (OnnxFile file = OnnxFile.open(model, true)) {
      assertThat(file.model().graph().initializers().get(0).floats()).containsExactly(1f);
    }
    Files.write(folder.resolve("values"), new byte[3]);
    assertThatThrownBy(() -> OnnxFile.open(model, true)).hasMessageContaining("expected 4 bytes");
  }

  /** A model with one constant of one number, in another file. */
  private static byte[] external(String location) {
    byte[] entry = field(13, join(field(1, utf8("location")), field(2, utf8(location))));
    byte[] tensor = join(new byte[] {8, 1, 16, 1}, field(8, utf8("w")), entry, new byte[] {112, 1});
    return join(new byte[] {8, 8}, field(7, field(5, tensor)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] field(int number, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(number << 3 | 2);
    for (int rest = content.length; ; rest >>>= 7) {
      out.write(rest > 127 ? rest & 127 | 128 : rest);
      if (rest <= 127) {
        break;
      }
    }
    out.writeBytes(content);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  @Test
  void sizesThatAFileOnlyClaimsTakeNoMemory() throws IOException {
    // 2^31 - 1 floats without any data; a length of 2 GB; 2^40 elements.
    byte[] dim = {8, -1, -1, -1, -1, 7, 16, 1};
    byte[] many = {8, -128, -128, -128, -128, -128, 32, 16, 1};
    byte[] claims = {8, 8, 58, -1, -1, -1, -1, 7};
    for (byte[] bytes :
        new byte[][] {
          join(new byte[] {8, 8}, field(7, field(5, dim))),
          join(new byte[] {8, 8}, field(7, field(5, many))),
          claims
        }) {
      Path model = Files.write(folder.resolve("m.onnx"), bytes);
      assertThatThrownBy(() -> OnnxFile.open(model, false))
          .isInstanceOf(OnnxException.class)
          .hasMessageContaining("damaged");
    }
  }

  @Test
  void aConstantThatNodesMakeHugeIsRefused() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String huge = m.node("ConstantOfShape", m.longs(1 << 20, 1 << 20));
    String x = m.node("MatMul", m.node("Flatten", "x"), huge);
    assertThatThrownBy(() -> read(m.write(folder, x)))
        .isInstanceOf(OnnxException.class)
        .hasMessageContaining("ConstantOfShape")
        .hasMessageContaining("too large");
  }

  @Test
  void anUnknownOperatorIsNamedWithItsNode() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String x = m.node("Einsum", "x");
    assertThatThrownBy(() -> read(m.write(folder, x)))
        .hasMessageContaining("cannot import Einsum 'einsum0'")
        .hasMessageContaining("no such operation");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HardSwish: retrain",
        "LeakyRelu: retrain",
        "QuantizeLinear: quantized",
        "QLinearConv: quantized",
        "Loop: a loop",
        "If: a condition",
        "ArgMax: its scores",
        "Resize: preprocessing"
      })
  void anOperatorThatIsKnownSaysWhatItWouldTake(String text) {
    String[] parts = text.split(": ");
    TestModel m = new TestModel(0, 3, 8, 8);
    String x = m.node(parts[0], "x");
    assertThatThrownBy(() -> read(m.write(folder, x)))
        .hasMessageContaining("cannot import " + parts[0])
        .hasMessageContaining(parts[1]);
  }

  @Test
  void weightsThatAreQuantizedAreNamedAsSuch() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String w = m.node("DequantizeLinear", m.longs(1, 2, 3), m.floats(0.5, 1));
    String x = m.node("Conv", "x", w);
    assertThatThrownBy(() -> read(m.write(folder, x)))
        .hasMessageContaining("DequantizeLinear")
        .hasMessageContaining("quantized");
  }

  @Test
  void aSoftmaxInsideTheNetworkIsNotTakenForItsEnd() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String x = m.node("Softmax", Map.of("axis", Attribute.of(1)), m.node("Flatten", "x"));
    String y = m.node("MatMul", x, m.floats(0, 192, 3));
    assertThatThrownBy(() -> read(m.write(folder, y)))
        .hasMessageContaining("MatMul")
        .hasMessageContaining("probabilities");
    TestModel other = new TestModel(0, 3, 8, 8);
    String z = other.node("Softmax", Map.of("axis", Attribute.of(3)), "x");
    assertThatThrownBy(() -> read(other.write(folder, z))).hasMessageContaining("not that of the");
  }

  @Test
  void mapsWithoutAClassifierSayWhatIsMissing() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String x = m.node("Relu", m.node("Conv", "x", m.floats(1, 2, 3, 3, 3)));
    assertThatThrownBy(() -> read(m.write(folder, x))).hasMessageContaining("has no classifier");
  }

  @Test
  void bytesThatAreNoProtocolBufferAreDamaged() throws IOException {
    byte[] ones = new byte[4096];
    java.util.Arrays.fill(ones, (byte) -1);
    byte[] nested = {8, 8};
    for (int i = 0; i < 60; i++) {
      nested = field(7, field(1, field(5, field(6, nested))));
    }
    for (byte[] bytes : new byte[][] {join(new byte[] {8, 8}, ones), {8, 8}, nested, new byte[0]}) {
      Path model = Files.write(folder.resolve("m.onnx"), bytes);
      assertThatThrownBy(() -> read(model))
          .isInstanceOf(OnnxException.class)
          .hasMessageStartingWith(model + ": ");
    }
  }

  @Test
  void weightsThatTheHeapCannotHoldAreRefusedBeforeTheyAreMade() {
    // Three copies of so many floats do not fit into any heap of less than 6 GB.
    TestModel m = new TestModel(0, 3, 512, 512);
    String huge = m.node("ConstantOfShape", m.longs(3 * 512 * 512, 680));
    String x = m.node("MatMul", m.node("Flatten", "x"), huge);
    assertThat(Runtime.getRuntime().maxMemory()).isLessThan(6L << 30);
    assertThatThrownBy(() -> read(m.write(folder, x))).hasMessageContaining("Java heap");
  }

  @Test
  void aCycleIsNamed() {
    TestModel m = new TestModel(0, 3, 8, 8);
    String x = m.node("Add", "x", "relu1");
    m.node("Relu", x);
    assertThatThrownBy(() -> read(m.write(folder, x))).hasMessageContaining("without cycles");
  }

  @Test
  void aVersionThatIsTooNewIsNamed() {
    TestModel m = new TestModel(0, 3, 8, 8).opset(28);
    String x = m.node("Relu", "x");
    assertThatThrownBy(() -> read(m.write(folder, x))).hasMessageContaining("opset 28");
  }
}
