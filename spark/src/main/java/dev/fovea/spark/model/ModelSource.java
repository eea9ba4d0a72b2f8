package dev.fovea.spark.model;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.ModelFile;
import dev.fovea.data.image.IoReason;
import dev.fovea.eval.Features;
import dev.fovea.eval.Predictor;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.train.RunFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * A model file that the driver has read and checked. Owns a temporary copy if the file is not one
 * of the driver's own; the caller closes it. Used by one thread.
 */
public final class ModelSource implements AutoCloseable {
  private final String name;
  private final Path file;
  private final boolean copied;
  private final String sha256;
  private final Graph graph;
  private final boolean quantized;

  private ModelSource(String name, Path file, boolean copied) {
    this.name = name;
    this.file = file;
    this.copied = copied;
    try (ModelFile model = ModelFile.open(file)) {
      this.graph = model.graph();
      this.quantized = model.quantized().isPresent();
      this.sha256 = sha256(file);
    } catch (CheckpointException e) {
      throw copied ? new CheckpointException(name + ", copied to " + e.getMessage(), e) : e;
    }
  }

  /**
   * Reads and checks a model.
   *
   * @param place the path of a file or run folder of the driver, or the URI of a model file on any
   *     file system that Hadoop knows
   * @throws CheckpointException if it cannot be used
   */
  public static ModelSource open(String place, Configuration hadoop) {
    if (place.isEmpty()) {
      throw new CheckpointException(
          "no model is set; set the path of a model file, with setModel or as parameter 'model'");
    }
    Optional<Path> own = own(place);
    if (own.isPresent()) {
      return new ModelSource(place, ownFile(own.get()), false);
    }
    Path copy = copy(place, hadoop);
    boolean opened = false;
    try {
      ModelSource source = new ModelSource(place, copy, true);
      opened = true;
      return source;
    } finally {
      if (!opened) {
        delete(copy);
      }
    }
  }

  // As with Spark's --files, a path without scheme is one of the driver's.
  private static Optional<Path> own(String place) {
    if (place.startsWith("file:")) {
      return Optional.of(Path.of(new org.apache.hadoop.fs.Path(place).toUri().getPath()));
    }
    return place.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")
        ? Optional.empty()
        : Optional.of(Path.of(place));
  }

  private static Path ownFile(Path named) {
    Path file = Files.isDirectory(named) ? new RunFolder(named).model() : named;
    if (!Files.exists(file)) {
      throw new CheckpointException(
          named
              + (file.equals(named)
                  ? ": the driver has no such model file; check the path, and name files of HDFS or"
                      + " an object store with their scheme (hdfs://, s3a://)"
                  : " is a folder without model.safetensors; name a model file or the folder of a"
                      + " run that has finished an epoch"));
    }
    return file;
  }

  private static Path copy(String place, Configuration hadoop) {
    try {
      org.apache.hadoop.fs.Path from = new org.apache.hadoop.fs.Path(place);
      FileSystem files = from.getFileSystem(hadoop);
      if (!files.exists(from)) {
        throw new CheckpointException(place + ": there is no such model file; check the path");
      }
      Path to = Files.createTempFile("fovea-", ".safetensors");
      boolean copied = false;
      try (InputStream in = files.open(from)) {
        Files.copy(in, to, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        copied = true;
      } finally {
        if (!copied) {
          delete(to);
        }
      }
      return to;
    } catch (IOException e) {
      throw new CheckpointException(
          place
              + ": cannot be read as a model: "
              + IoReason.of(e)
              + "; check the path, and that the driver may read it",
          e);
    }
  }

  private static String sha256(Path file) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(java.io.OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new CheckpointException(
          file + ": cannot be read: " + IoReason.of(e) + "; check its permissions", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The place that was named, for messages. */
  public String name() {
    return name;
  }

  /** The file with its bytes. */
  public Path file() {
    return file;
  }

  /** The SHA-256 of its bytes, in hexadecimal. */
  public String sha256() {
    return sha256;
  }

  /**
   * Checks that it is the file that somebody else has seen.
   *
   * @param expected its SHA-256 then; empty for any
   * @throws CheckpointException if it is another
   */
  public void requireSha256(String expected) {
    if (!expected.isEmpty() && !expected.equalsIgnoreCase(sha256)) {
      throw new CheckpointException(
          name
              + ": the model has changed: its SHA-256 is "
              + sha256
              + ", expected "
              + expected
              + " (modelSha256); restore the file, or save the stage again with the new one");
    }
  }

  /** Whether it computes in 8-bit integers. */
  public boolean isQuantized() {
    return quantized;
  }

  /** The most images that are worth computing together. */
  public int batch() {
    return Predictor.batch(graph, Integer.MAX_VALUE / 2);
  }

  /**
   * Checks that its answers come with embeddings.
   *
   * @throws CheckpointException if they do not, saying why
   */
  public void requireEmbeddings() {
    String reason;
    try {
      if (Features.of(graph).head().isPresent()) {
        return;
      }
      reason = "it does not end in a linear layer";
    } catch (GraphException e) {
      reason = String.valueOf(e.getMessage());
    }
    throw new CheckpointException(
        name + ": the model gives no embeddings: " + reason + "; set no embeddingCol");
  }

  @Override
  public void close() {
    if (copied) {
      delete(file);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      System.getLogger(ModelSource.class.getName())
          .log(System.Logger.Level.WARNING, "the temporary file {0} is left: {1}", file, e);
    }
  }
}
