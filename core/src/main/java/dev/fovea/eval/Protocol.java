package dev.fovea.eval;

import dev.fovea.data.loader.Crops;
import java.util.List;

/**
 * An evaluation protocol: which views of an image the softmax is averaged over. With several
 * networks, the mean is over all views of all networks.
 */
public sealed interface Protocol {
  /** Crops of the network's input size. */
  record Cropped(Crops crops) implements Protocol {
    @Override
    public String label() {
      return switch (crops) {
        case SINGLE -> "1";
        case FLIP -> "flip";
        case FLIP_SHIFT -> "flip+shift";
        case TEN -> "10";
        case GOOGLENET -> "144";
      };
    }

    @Override
    public int views() {
      return switch (crops) {
        case SINGLE -> 1;
        case FLIP -> 2;
        case FLIP_SHIFT -> 6;
        case TEN -> 10;
        case GOOGLENET -> 144;
      };
    }

    @Override
    public String description() {
      return switch (crops) {
        case SINGLE -> "one view";
        case FLIP -> "one view and its mirror image";
        case FLIP_SHIFT -> "one view and two shifted ones that count half, mirrored too";
        case TEN -> "10 crops: corners and center, mirrored too";
        case GOOGLENET -> "GoogLeNet's 144 crops: 4 scales, 3 squares, 6 views, mirrored too";
      };
    }
  }

  /**
   * Dense evaluation on larger images at several scales (He et al. 2015, section 3.4).
   *
   * <p>The shorter side is resized to each of 224, 256, 384, 480 and 640 pixels, times S / 224 for
   * a network with input side S, and the central square is cropped. The network is applied
   * convolutionally: its global average pooling becomes average pooling over windows of the trained
   * size with stride 1, the classifier is applied to each window, and the logits are averaged over
   * all windows; the softmax of that mean is averaged over the scales. Weights are shared; sizes
   * are rounded to multiples of the network's stride.
   *
   * @param mirrored whether horizontally flipped images are included, as in Simonyan and Zisserman
   *     2014
   */
  record Dense(boolean mirrored) implements Protocol {
    /** The shorter sides in the paper, for networks with 224-pixel input. */
    public static final List<Integer> SCALES = List.of(224, 256, 384, 480, 640);

    static final double PAPER_SIDE = 224;

    @Override
    public String label() {
      return mirrored ? "dense-flip" : "dense";
    }

    @Override
    public int views() {
      return mirrored ? 2 : 1;
    }

    @Override
    public String description() {
      return "dense over the central square at 5 scales" + (mirrored ? ", mirrored too" : "");
    }
  }

  /** The name, as users write it. */
  String label();

  /** The maximum number of views of an image per program. */
  int views();

  /** A short description for reports. */
  String description();
}
