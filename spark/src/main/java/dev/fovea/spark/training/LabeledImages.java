package dev.fovea.spark.training;

import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import dev.fovea.spark.image.ImageColumn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.StructType;

/**
 * The labeled images of a DataFrame, written by its executors into a folder that all ranks see:
 * WebDataset shards, {@code classes.txt} and, when all are there, {@code shards.json}.
 *
 * @param imageCol images in any of the forms that can be scored
 * @param labelCol classes
 * @param validationCol true for images to validate with; empty for none
 * @param classes their names; empty to find them
 */
public record LabeledImages(
    String imageCol, String labelCol, String validationCol, List<String> classes) {
  private static final System.Logger LOG = System.getLogger(LabeledImages.class.getName());
  private static final String MANIFEST = "shards.json";

  /** A file that is there while shards are written, or were not all written. */
  static final String MARK = ".writing-shards";

  private static final String SHARDS = "{,.}{train,val}-*.tar*";

  /** Copies the list. */
  public LabeledImages {
    classes = List.copyOf(classes);
  }

  /**
   * Checks the columns.
   *
   * @throws IllegalArgumentException if one is missing or of another type
   */
  public void check(Dataset<?> images) {
    LabelColumn.requireColumn(images, imageCol, "inputCol");
    LabelColumn.requireColumn(images, labelCol, "labelCol");
    StructType schema = images.schema();
    if (!validationCol.isEmpty()) {
      LabelColumn.requireColumn(images, validationCol, "validationCol");
      if (!(schema.apply(validationCol).dataType() instanceof BooleanType)) {
        throw new IllegalArgumentException(
            "column '"
                + validationCol
                + "' says which images are for validation, so its type is boolean; it is "
                + schema.apply(validationCol).dataType().simpleString());
      }
    }
    ImageColumn unused = column(schema);
  }

  private ImageColumn column(StructType schema) {
    return ImageColumn.of(schema.apply(imageCol).dataType())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "column '"
                        + imageCol
                        + "' holds no images, its type is "
                        + schema.apply(imageCol).dataType().simpleString()
                        + "; "
                        + ImageColumn.EXPECTED));
  }

  /**
   * Whether a folder has the shards of an earlier call, complete.
   *
   * @throws DataException if it has some that were changed since
   */
  public static boolean areIn(Path folder) {
    Path manifest = folder.resolve(MANIFEST);
    if (!Files.exists(manifest)) {
      return false;
    }
    try {
      Map<String, Object> tree = JsonTree.parse(Files.readString(manifest), manifest.toString());
      if (tree.get("shards") instanceof Map<?, ?> shards) {
        for (Map.Entry<?, ?> shard : shards.entrySet()) {
          requireWhole(folder.resolve(String.valueOf(shard.getKey())), shard.getValue());
        }
      }
      return true;
    } catch (IOException e) {
      throw new DataException(manifest + ": cannot be read: " + IoReason.of(e), e);
    }
  }

  private static void requireWhole(Path shard, Object about) throws IOException {
    String bytes = about instanceof Map<?, ?> map ? String.valueOf(map.get("bytes")) : "";
    if (!Files.exists(shard) || !bytes.equals(String.valueOf(Files.size(shard)))) {
      throw new DataException(
          shard
              + " is not as "
              + MANIFEST
              + " beside it says: expected "
              + bytes
              + " bytes; restore it, or begin a new run in another folder");
    }
  }

  /**
   * Writes the images, in place of what an earlier call has left.
   *
   * @param most the fraction of rows that may have no readable image or no class
   * @throws DataException if more have none, or a file cannot be written
   */
  public void write(Dataset<?> images, Path folder, double most) {
    check(images);
    LabelColumn label = LabelColumn.of(images, labelCol, classes);
    try {
      Files.createDirectories(folder);
      clear(folder);
      String token = UUID.randomUUID().toString();
      Files.writeString(folder.resolve(MARK), token);
      List<ShardTask.Written> written = write(images, folder, label, token);
      requireMost(written, most);
      removeOthers(folder, written);
      finish(folder, label, written);
      Files.delete(folder.resolve(MARK));
    } catch (IOException e) {
      throw new DataException(
          folder
              + ": the driver cannot write the images: "
              + IoReason.of(e)
              + "; set runFolder to a folder that the driver and all executors can write to",
          e);
    }
  }

  private List<ShardTask.Written> write(
      Dataset<?> images, Path folder, LabelColumn label, String token) {
    List<Column> columns = new ArrayList<>();
    columns.add(images.col(imageCol));
    columns.add(images.col(labelCol));
    if (!validationCol.isEmpty()) {
      columns.add(images.col(validationCol));
    }
    ShardTask task =
        new ShardTask(
            folder.toString(), token, column(images.schema()), label, !validationCol.isEmpty());
    JavaRDD<ShardTask.Written> written =
        images.select(columns.toArray(Column[]::new)).javaRDD().mapPartitionsWithIndex(task, true);
    return SparkJob.run(
        images.sparkSession().sparkContext(),
        written::collect,
        (reason, e) -> new DataException("the images of the DataFrame: " + reason, e));
  }

  // Removes what an earlier call has left, and nothing that is of others.
  private static void clear(Path folder) throws IOException {
    boolean own = Files.exists(folder.resolve(MANIFEST)) || Files.exists(folder.resolve(MARK));
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, SHARDS)) {
      for (Path file : left) {
        if (!own) {
          throw new DataException(
              file
                  + " lies where the images of the DataFrame are to be written, and is not from an"
                  + " earlier training; set runFolder to another folder");
        }
        Files.delete(file);
      }
    }
    Files.deleteIfExists(folder.resolve(MANIFEST));
  }

  // Tasks that Spark has given up or tried again may have left some, which no rank must read.
  private static void removeOthers(Path folder, List<ShardTask.Written> written)
      throws IOException {
    Set<String> names =
        written.stream()
            .flatMap(w -> w.shards().stream())
            .map(ShardTask.Shard::name)
            .collect(Collectors.toSet());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, SHARDS)) {
      for (Path file : files) {
        if (!names.contains(String.valueOf(file.getFileName()))) {
          Files.delete(file);
        }
      }
    }
  }

  private static void requireMost(List<ShardTask.Written> written, double most) {
    long images =
        written.stream().flatMap(w -> w.shards().stream()).mapToLong(ShardTask.Shard::images).sum();
    long leftOut = written.stream().mapToLong(ShardTask.Written::leftOut).sum();
    List<String> reasons =
        written.stream().flatMap(w -> w.reasons().stream()).distinct().limit(3).toList();
    if (images == 0 || leftOut > most * (images + leftOut)) {
      throw new DataException(
          leftOut
              + " of "
              + (images + leftOut)
              + " rows have no readable image or no class, for example: "
              + String.join("; ", reasons)
              + ". At most a fraction of "
              + most
              + " is accepted (data.bad_fraction), and at least one image is needed");
    }
    if (leftOut > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "left out {0} of {1} rows, for example: {2}",
          leftOut,
          images + leftOut,
          String.join("; ", reasons));
    }
  }

  private static void finish(Path folder, LabelColumn label, List<ShardTask.Written> written) {
    AtomicFile.write(folder.resolve("classes.txt"), String.join("\n", label.classes()) + "\n");
    List<ShardTask.Shard> shards =
        written.stream()
            .flatMap(w -> w.shards().stream())
            .sorted(Comparator.comparing(ShardTask.Shard::name))
            .toList();
    Map<String, Object> files = new LinkedHashMap<>();
    StringBuilder all = new StringBuilder(String.join("\n", label.classes()));
    for (ShardTask.Shard shard : shards) {
      files.put(
          shard.name(),
          Map.of("images", shard.images(), "bytes", shard.bytes(), "sha256", shard.sha256()));
      all.append('\n').append(shard.name()).append(' ').append(shard.sha256());
    }
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("sha256", sha256(all.toString()));
    manifest.put("images", shards.stream().mapToLong(ShardTask.Shard::images).sum());
    manifest.put("left_out", written.stream().mapToLong(ShardTask.Written::leftOut).sum());
    manifest.put("classes", label.classes());
    manifest.put("shards", files);
    AtomicFile.write(folder.resolve(MANIFEST), JsonTree.pretty(manifest));
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
