package dev.fovea.data.source;

import dev.fovea.data.archive.Source;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Recognizes image sets in Parquet files and says how to turn them into archives. */
final class ParquetAdvice {
  private ParquetAdvice() {}

  /**
   * Does nothing if the path is no Parquet file and no folder with one and without images.
   *
   * @throws DataException if it is, with the command that converts it
   */
  static void check(Path path) {
    boolean file = Files.isRegularFile(path) && isParquet(path);
    if (!file && !isFolderOfParquet(path)) {
      return;
    }
    String quoted = path.toString().replace("\\", "\\\\").replace("'", "\\'");
    String load = file ? "'parquet', data_files='" + quoted + "'" : "'" + quoted + "'";
    throw new DataException(
        path
            + (file ? " is" : " holds")
            + " Parquet, which is not read; expected WebDataset shards, class folders or an"
            + " archive. To turn it into shards, run: pip install datasets webdataset pillow &&"
            + " mkdir -p shards && python3 -c \"import datasets as d, webdataset as w;"
            + " [[t.write({'__key__': f'{i:08}', 'png' if r['image']['bytes'][:1] == b'\\x89' else"
            + " 'jpg': r['image']['bytes'], 'cls': r['label']}) for i, r in"
            + " enumerate(x.cast_column('image', d.Image(decode=False)))] + [t.close(),"
            + " open('shards/classes.txt', 'w').write('\\n'.join(x.features['label'].names))] for"
            + " s, x in d.load_dataset("
            + load
            + ").items() for t in [w.ShardWriter(f'shards/{s}-%06d.tar')]]\" Then name the folder"
            + " shards");
  }

  private static boolean isParquet(Path file) {
    return ShardFiles.name(file).toLowerCase(Locale.ROOT).endsWith(".parquet");
  }

  private static boolean isFolderOfParquet(Path folder) {
    for (Path place : List.of(folder, folder.resolve("data"))) {
      if (Files.isDirectory(place) && holdsParquet(place)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holdsParquet(Path folder) {
    boolean found = false;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = ShardFiles.name(file);
        if (ImageFormat.isImageName(name)
            || Files.isDirectory(file) && !Source.isLitter(name) && !name.equals("data")) {
          return false;
        }
        found |= isParquet(file);
      }
    } catch (IOException e) {
      // Listing the folder as a data set reports it.
      return false;
    }
    return found;
  }
}
