package dev.fovea.bench;

import dev.fovea.Classifier;
import dev.fovea.ClassifierOptions;
import dev.fovea.bench.load.Pictures;
import dev.fovea.bench.load.Questions;
import dev.fovea.bench.load.ServedProcess;
import dev.fovea.models.Models;
import dev.fovea.program.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What all commands of {@code bench/serve} share: the model, its pictures and the server. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields that have a default.
final class ServeOptions {
  private static final int GENERATED = 32;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      defaultValue = "resnet50",
      description = "the network, with random weights (default resnet50)")
  String network;

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "f32",
      description = "f32 or bf16, on all sides (default f32)")
  String precision;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "8",
      description = "images that are computed together, on all sides (default 8)")
  int batch;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description = "threads of the network, on all sides (default 2)")
  int threads;

  @Option(
      names = "--pictures",
      paramLabel = "FOLDER",
      description = "JPEG files to ask about (default: 32 generated ones of the input's size)")
  @Nullable Path pictures;

  @Option(names = "--json", description = "one JSON object per line")
  boolean json;

  @Parameters(
      paramLabel = "-- FLAG",
      arity = "0..*",
      description = "flags for the server, for example -- --queue 16")
  List<String> flags = new ArrayList<>();

  int side() {
    return Models.graph(network).inputShape().dim(1);
  }

  /** Writes the network with random weights. */
  Path model(NetworkFolder folder) {
    Path file = folder.path().resolve(network + ".safetensors");
    RandomModel.write(network, file);
    return file;
  }

  List<byte[]> images() {
    return pictures == null
        ? Pictures.generated(GENERATED, side())
        : Pictures.of(pictures, 4 * GENERATED);
  }

  /** Starts the server with one model, which is named after its network. */
  ServedProcess serve(Path model) {
    return serve(List.of(network + "=" + model));
  }

  /** Starts the server with models in the form {@code NAME=FILE}. */
  ServedProcess serve(List<String> models) {
    List<String> arguments = new ArrayList<>(models);
    arguments.addAll(List.of("--precision", precision, "--threads", Integer.toString(threads)));
    arguments.addAll(List.of("--batch", Integer.toString(batch)));
    arguments.addAll(flags);
    return ServedProcess.start(
        System.getProperty("fovea.bench.launcher", "./fovea"), arguments);
  }

  Questions.Model asked(ServedProcess served) {
    return new Questions.Model(network, served.input(network), side());
  }

  /** The most probable classes by the library, without a server, in the order of the images. */
  List<Integer> bestClasses(Path model, List<byte[]> images) {
    ClassifierOptions options =
        ClassifierOptions.standard().precision(Precision.parse(precision)).threads(threads);
    try (Classifier classifier = Classifier.open(model, options)) {
      return classifier.predict(images).stream().map(p -> p.best().index()).toList();
    }
  }

  /** Writes the pictures into files, for the sides that read them. */
  static Path write(List<byte[]> images, NetworkFolder folder) {
    try {
      for (int i = 0; i < images.size(); i++) {
        Files.write(folder.path().resolve("%04d.jpg".formatted(i)), images.get(i));
      }
      return folder.path();
    } catch (IOException e) {
      throw new BenchException("cannot write pictures: " + e.getMessage(), e);
    }
  }
}
