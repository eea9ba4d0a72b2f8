package dev.fovea.explanation;

import dev.fovea.api.Api;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Preprocessing;

/**
 * What stands for "nothing to see": where integrated gradients start, and what occlusion puts in
 * place of pixels.
 *
 * <pre>{@code
 * ExplainerOptions options = ExplainerOptions.standard().baseline(Baseline.BLACK);
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public enum Baseline {
  /** Zeros after normalization, which are the training images' mean color: Captum's default. */
  MEAN,
  /** Black pixels, normalized as any others: the example of the paper on integrated gradients. */
  BLACK;

  /** The network's input (C, H, W) for this baseline. */
  float[] values(Preprocessing preprocessing) {
    int width = preprocessing.width();
    int height = preprocessing.height();
    float[] planes = new float[preprocessing.channels() * height * width];
    if (this == BLACK) {
      new Normalizer(preprocessing).floats(Image.black(width, height), planes);
    }
    return planes;
  }
}
