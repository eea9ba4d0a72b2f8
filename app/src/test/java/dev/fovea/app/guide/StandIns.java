package dev.fovea.app.guide;

import dev.fovea.app.CommandLineRun;
import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.ModelCard;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.encode.JpegEncoder;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Split;
import dev.fovea.data.source.SyntheticShapes;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.onnx.OnnxModel;
import dev.fovea.onnx.OnnxWriter;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Small files under the names of those that the guides are about. */
final class StandIns {
  private static final int SIDE = 64;
  private static final Set<String> KINDS = Set.of("crescent", "hourglass", "ring", "star");

  private StandIns() {}

  /** Drawings in folders of four classes, this many in each. */
  static void photos(Path folder, int each, int side) throws IOException {
    draw(folder, each, side, 1, true);
  }

  /** Drawings in one folder, without classes. */
  static void unsorted(Path folder, int each, int side) throws IOException {
    draw(folder, each, side, 2, false);
  }

  private static void draw(Path folder, int each, int side, long seed, boolean sorted)
      throws IOException {
    SyntheticShapes shapes = new SyntheticShapes(side, 10 * each, 10, seed);
    JpegEncoder encoder = new JpegEncoder(95, ChromaSampling.parse("4:4:4"));
    Map<String, Integer> drawn = new TreeMap<>();
    Files.createDirectories(folder);
    try (Dataset set = shapes.open(Split.TRAIN)) {
      for (int i = 0; i < set.size(); i++) {
        String kind = set.classes().get(set.label(i));
        if (KINDS.contains(kind)) {
          int number = drawn.merge(kind, 1, Integer::sum);
          Path file =
              sorted
                  ? folder.resolve(kind).resolve("IMG_%04d.jpg".formatted(number))
                  : folder.resolve("IMG_%04d.jpg".formatted(i));
          Files.createDirectories(file.getParent());
          Files.write(file, encoder.encode(set.image(i)));
        }
      }
    }
  }

  /** Initial weights of a network as {@code torch.save} writes a state dict. */
  static void pytorch(Path file, String network) throws IOException {
    new TorchFileWriter(file).write(Models.graph(network).params());
  }

  /** A model of the four classes, with initial weights. */
  static void model(Path file) throws IOException {
    Path folder = Files.createDirectories(file.getParent());
    Path weights = folder.resolve("weights.pth");
    Path names = Files.write(folder.resolve("names.txt"), new TreeSet<>(KINDS));
    pytorch(weights, "resnet20");
    CommandLineRun.of(
            "import",
            weights.toString(),
            "--model",
            "resnet20",
            "--num-classes",
            String.valueOf(KINDS.size()),
            "--classes",
            names.toString(),
            "-o",
            file.toString())
        .succeeds();
  }

  /** A small network that is in no list, as another program exports it: without metadata. */
  static void onnx(Path file) {
    GraphBuilder g = new GraphBuilder("squeezenet");
    Node x = g.input(Shape.of(3, SIDE, SIDE));
    x = g.relu("r0", g.conv("c0", x, convolution(Window.square(3).stride(2).pad(1))));
    Node one = g.relu("r1", g.conv("c1", x, convolution(Window.square(1))));
    Node three = g.relu("r3", g.conv("c3", x, convolution(Window.square(3).pad(1))));
    x = g.globalAvgPool("mean", g.concat("both", List.of(one, three)));
    Graph graph = g.build(g.linear("fc", g.flatten("flat", x), 1000));
    Map<String, ParamSpec> params =
        graph.params().stream().collect(Collectors.toMap(ParamSpec::name, p -> p));
    OnnxModel ours =
        OnnxExport.model(
            graph,
            name -> Objects.requireNonNull(params.get(name), name).initialValues(7),
            new ModelCard(
                "squeezenet",
                graph.inputShape(),
                IntStream.range(0, graph.classes()).mapToObj(i -> "class" + i).toList(),
                Preprocessing.nativeSize(
                    SIDE, SIDE, Preprocessing.IMAGENET_MEAN, Preprocessing.IMAGENET_STD),
                "{}",
                Map.of(),
                new ModelCard.Origin("", "")),
            new OnnxExportOptions(true, false));
    OnnxWriter writer =
        new OnnxWriter(
            new OnnxModel(ours.irVersion(), "pytorch", ours.opsets(), ours.graph(), Map.of()));
    AtomicFile.write(file, writer.size(), writer::writeTo);
  }

  private static Op.Conv2d convolution(Window window) {
    return Op.Conv2d.of(16, window).withBias(new Initializer.Constant(0));
  }
}
