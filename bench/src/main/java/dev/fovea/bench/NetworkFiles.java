package dev.fovea.bench;

import dev.fovea.bench.net.Network;
import dev.fovea.bench.onnx.OnnxLayers;
import dev.fovea.bench.python.ListedLayers;
import dev.fovea.onnx.exporter.OnnxExport;
import dev.fovea.onnx.exporter.OnnxExportOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One network in the files that the peers' processes read, in a temporary folder: each is written
 * when it is first asked for, and all are deleted on closing.
 */
final class NetworkFiles implements AutoCloseable {
  private final Network network;
  private final Mode mode;
  private final int batch;
  private final int threads;
  private final NetworkFolder folder = new NetworkFolder();

  /**
   * No files yet.
   *
   * @param threads that quantize the network
   */
  NetworkFiles(Network network, Mode mode, int batch, int threads) {
    this.network = network;
    this.mode = mode;
    this.batch = batch;
    this.threads = threads;
  }

  /** The word that names the network on the command line of a process. */
  String word(Peer.Form form) {
    try {
      return switch (form) {
        case NAME -> network.name();
        case LAYERS -> {
          Path file = folder.path().resolve(network.name() + ".json");
          if (!Files.exists(file)) {
            ListedLayers.write(network, mode == Mode.TRAIN, file);
          }
          yield file.toString();
        }
        case ONNX -> {
          Path file = folder.path().resolve(network.name() + ".onnx");
          if (!Files.exists(file)) {
            OnnxLayers.write(network, batch, file);
          }
          yield file.toString();
        }
        case QUANTIZED -> quantized().toString();
        case QUANTIZED_ONNX -> {
          Path file = folder.path().resolve(network.name() + ".int8.onnx");
          if (!Files.exists(file)) {
            OnnxExport.write(quantized(), OnnxExportOptions.STANDARD, file);
          }
          yield file.toString();
        }
      };
    } catch (IOException e) {
      throw new BenchException(
          "cannot write the network of the peers to "
              + folder.path()
              + ": "
              + e.getMessage()
              + "; expected room for its weights (-Djava.io.tmpdir in JAVA_TOOL_OPTIONS names"
              + " another folder)",
          e);
    }
  }

  private Path quantized() {
    Path file = folder.path().resolve(network.name() + ".int8.safetensors");
    if (!Files.exists(file)) {
      RandomModel.writeQuantized(network.name(), file, threads);
    }
    return file;
  }

  @Override
  public void close() {
    folder.close();
  }
}
