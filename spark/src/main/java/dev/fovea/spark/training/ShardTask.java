package dev.fovea.spark.training;

import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.decode.ImageHeader;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import dev.fovea.pack.ShardFile;
import dev.fovea.spark.image.ImageColumn;
import dev.fovea.spark.image.ImageInput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Writes a partition of labeled images as WebDataset shards, one of training and one of validation
 * images. Names depend on the partition alone, so that a task that is tried again replaces what the
 * first has written.
 *
 * @param folder where they go, as text because paths cannot be sent
 * @param token the content of a file there, which proves that the executor sees the driver's folder
 * @param column the form of images, in the first column of the rows
 * @param label the second column
 * @param validation whether the third column says which images are for validation
 */
record ShardTask(
    String folder, String token, ImageColumn column, LabelColumn label, boolean validation)
    implements Function2<Integer, Iterator<Row>, Iterator<ShardTask.Written>> {
  private static final int SHOWN = 3;

  /**
   * What a partition has become.
   *
   * @param shards the files, at most two
   * @param leftOut rows without readable image or class
   * @param reasons for the first of them
   */
  record Written(List<Shard> shards, long leftOut, List<String> reasons)
      implements java.io.Serializable {}

  /** A file of this name with so many images and bytes. */
  record Shard(String name, long images, long bytes, String sha256)
      implements java.io.Serializable {}

  @Override
  public Iterator<Written> call(Integer partition, Iterator<Row> rows) throws IOException {
    Path mark = Path.of(folder, LabeledImages.MARK);
    if (!Files.exists(mark) || !Files.readString(mark).equals(token)) {
      throw new DataException(
          "the executor does not see "
              + folder
              + ", which the driver has made; set runFolder to a folder that the driver and all"
              + " executors see under the same path, such as a network file system");
    }
    try (Split training = new Split("train", partition);
        Split held = new Split("val", partition)) {
      Counted leftOut = new Counted();
      for (long at = 0; rows.hasNext(); at++) {
        Row row = rows.next();
        boolean holds = validation && !row.isNullAt(2) && row.getBoolean(2);
        write(row, at, holds ? held : training, leftOut);
      }
      List<Shard> shards = new ArrayList<>(training.finish());
      shards.addAll(held.finish());
      return List.of(new Written(shards, leftOut.count, leftOut.reasons)).iterator();
    } catch (IOException e) {
      throw new DataException(
          folder + ": images cannot be written: " + IoReason.of(e) + "; check its room", e);
    }
  }

  private void write(Row row, long at, Split to, Counted leftOut) throws IOException {
    int number = label.number(row.get(1));
    String name = "row " + at + " of a partition";
    if (number < 0) {
      leftOut.add(name + " has no class: " + label.name() + " is " + row.get(1));
      return;
    }
    ImageInput input = column.read(row.get(0), name);
    if (input instanceof ImageInput.Unreadable unreadable) {
      leftOut.add(unreadable.reason());
    } else if (input instanceof ImageInput.Asked asked) {
      byte[] file = asked.file().get();
      try {
        to.add(suffix(ImageHeader.read(file, name).format()), file, number);
      } catch (DataException e) {
        leftOut.add(String.valueOf(e.getMessage()));
      }
    }
  }

  private static String suffix(ImageFormat format) {
    return switch (format) {
      case JPEG -> "jpg";
      case PNM -> "ppm";
      case TIFF -> "tif";
      case PNG, GIF, BMP, WEBP -> format.name().toLowerCase(Locale.ROOT);
    };
  }

  private static final class Counted {
    private long count;
    private final List<String> reasons = new ArrayList<>();

    void add(String reason) {
      count++;
      if (reasons.size() < SHOWN) {
        reasons.add(reason);
      }
    }
  }

  /** The shard of one split, begun with its first image. */
  private final class Split implements AutoCloseable {
    private final String name;
    private final String attempt;
    private @Nullable ShardFile file;
    private long images;

    Split(String split, int partition) {
      this.name = String.format(Locale.ROOT, "%s-%06d.tar", split, partition);
      TaskContext context = TaskContext.get();
      this.attempt = "." + context.taskAttemptId();
    }

    void add(String suffix, byte[] image, int number) throws IOException {
      ShardFile shard = file;
      if (shard == null) {
        shard = new ShardFile(Path.of(folder, name), attempt);
        file = shard;
      }
      String key = String.format(Locale.ROOT, "%09d", images);
      shard.add(key + "." + suffix, image);
      shard.add(key + ".cls", Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
      images++;
    }

    List<Shard> finish() throws IOException {
      ShardFile shard = file;
      if (shard == null) {
        return List.of();
      }
      String sha256 = shard.finish();
      return List.of(new Shard(name, images, shard.size(), sha256));
    }

    @Override
    public void close() throws IOException {
      ShardFile shard = file;
      if (shard != null) {
        shard.close();
      }
    }
  }
}
