package dev.fovea.bench;

import dev.fovea.bench.net.Network;
import dev.fovea.bench.onnx.NetworkModel;
import dev.fovea.bench.python.ListedLayers;
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
  private final NetworkFolder folder = new NetworkFolder();

  NetworkFiles(Network network, Mode mode, int batch) {
    this.network = network;
    this.mode = mode;
    this.batch = batch;
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
            NetworkModel.write(network.name(), batch, file);
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

  @Override
  public void close() {
    folder.close();
  }
}
