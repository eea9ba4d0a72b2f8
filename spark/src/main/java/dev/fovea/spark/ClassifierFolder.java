package dev.fovea.spark;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.data.image.IoReason;
import dev.fovea.spark.model.ModelSource;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;

/**
 * The folder of a saved {@link FoveaClassifier}: Spark's {@code metadata} as for stages of its own,
 * and the model beside it, so that the folder can be moved and copied.
 */
final class ClassifierFolder {
  private static final String MODEL = "model.safetensors";

  private ClassifierFolder() {}

  /** Writes a stage. */
  static final class Writer extends MLWriter {
    private final FoveaClassifier stage;

    Writer(FoveaClassifier stage) {
      this.stage = stage;
    }

    // Spark removes what is to be overwritten before it asks for what to write.
    @Override
    public void save(String path) throws IOException {
      String model = stage.getModel();
      Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
      if (!model.isEmpty()
          && place(model, hadoop).startsWith(qualified(new Path(path), hadoop) + "/")) {
        throw new CheckpointException(
            path
                + ": the stage's model "
                + model
                + " lies in it, and would be removed before it is saved; save the stage to another"
                + " folder");
      }
      super.save(path);
    }

    // As models are opened: a path without scheme is one of the driver's.
    private static String place(String model, Configuration hadoop) {
      Path path = new Path(model);
      return path.toUri().getScheme() == null
          ? new Path(java.nio.file.Path.of(model).toAbsolutePath().normalize().toUri()).toString()
          : qualified(path, hadoop);
    }

    @Override
    public void saveImpl(String path) {
      Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
      try (ModelSource model = ModelSource.open(stage.getModel(), hadoop)) {
        model.requireSha256(stage.getModelSha256());
        FoveaClassifier saved =
            stage.copy(new ParamMap()).setModel(MODEL).setModelSha256(model.sha256());
        saved.parameters().session(sparkSession()).save(path);
        Path to = new Path(path, MODEL);
        try (OutputStream out = to.getFileSystem(hadoop).create(to, false)) {
          Files.copy(model.file(), out);
        }
      } catch (IOException e) {
        throw new CheckpointException(
            path
                + ": the stage cannot be saved: "
                + IoReason.of(e)
                + "; check the path, the room there and that the driver may write",
            e);
      }
    }
  }

  /** Reads a stage. */
  static final class Reader extends MLReader<FoveaClassifier> {
    @Override
    public FoveaClassifier load(String path) {
      FoveaClassifier stage =
          new DefaultParamsReadable<FoveaClassifier>() {}.read().session(sparkSession()).load(path);
      Configuration hadoop = sparkSession().sparkContext().hadoopConfiguration();
      String place = qualified(new Path(path, stage.getModel()), hadoop);
      try (ModelSource model = ModelSource.open(place, hadoop)) {
        model.requireSha256(stage.getModelSha256());
      }
      return stage.setModel(place);
    }
  }

  // A path without scheme is one of Hadoop's default file system here, as for all of Spark.
  private static String qualified(Path file, Configuration hadoop) {
    try {
      FileSystem files = file.getFileSystem(hadoop);
      return files.makeQualified(file).toString();
    } catch (IOException e) {
      throw new CheckpointException(
          file + ": its file system cannot be used: " + IoReason.of(e) + "; check the path", e);
    }
  }
}
