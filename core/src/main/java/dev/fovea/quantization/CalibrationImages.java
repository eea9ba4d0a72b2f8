package dev.fovea.quantization;

import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.LoaderOptions;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.DType;
import java.util.function.Consumer;

/**
 * The images that a network is calibrated on; labels are not read.
 *
 * @param set not closed
 * @param preprocessing that of the model
 * @param loading threads, and what happens with images that cannot be read
 */
public record CalibrationImages(Dataset set, Preprocessing preprocessing, LoaderOptions loading) {

  /** Hands over all images in order, in batches of binary32. */
  void forEachBatch(int batch, Consumer<Batch> to) {
    BatchFormat format =
        new BatchFormat(
            batch,
            preprocessing.channels(),
            preprocessing.height(),
            preprocessing.width(),
            DType.F32);
    try (Loader loader = Loader.evaluation(set, preprocessing, format, loading);
        Loader.Batches batches = loader.epoch(0)) {
      while (batches.hasNext()) {
        try (Batch b = batches.next()) {
          to.accept(b);
        }
      }
    }
  }
}
