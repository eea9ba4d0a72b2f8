package dev.fovea.spark.model;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.data.image.IoReason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A model file in the block stores of driver and executors, in pieces, so that no heap must hold it
 * whole: pieces that do not fit into Spark's part of the memory lie on disk. Executors fetch each
 * piece once, also from each other. Spark frees it when nothing on the driver refers to it any
 * more. Immutable.
 */
public final class BroadcastModel implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int PIECE = 4 << 20;

  private final String name;
  private final String sha256;
  private final List<Broadcast<byte[]>> pieces;

  private BroadcastModel(String name, String sha256, List<Broadcast<byte[]>> pieces) {
    this.name = name;
    this.sha256 = sha256;
    this.pieces = pieces;
  }

  /**
   * Puts a model into the driver's block store.
   *
   * @throws CheckpointException if its file cannot be read any more
   */
  public static BroadcastModel of(ModelSource model, JavaSparkContext context) {
    List<Broadcast<byte[]>> pieces = new ArrayList<>();
    try (InputStream in = Files.newInputStream(model.file())) {
      for (byte[] piece = in.readNBytes(PIECE); piece.length > 0; piece = in.readNBytes(PIECE)) {
        pieces.add(context.broadcast(piece));
      }
    } catch (IOException e) {
      throw new CheckpointException(
          model.name() + ": cannot be read: " + IoReason.of(e) + "; check its permissions", e);
    }
    return new BroadcastModel(model.name(), model.sha256(), pieces);
  }

  /** The SHA-256 of the file. */
  public String sha256() {
    return sha256;
  }

  /** Where the driver read it, for messages. */
  String name() {
    return name;
  }

  /** Writes the file, on any executor. */
  void writeTo(Path file) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      for (Broadcast<byte[]> piece : pieces) {
        out.write(piece.value());
      }
    }
  }
}
