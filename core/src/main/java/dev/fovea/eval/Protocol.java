package dev.fovea.eval;

import dev.fovea.data.loader.Crops;
import java.util.List;

/**
 * How the answer to one image is found when a network is measured: as the mean of its softmax over
 * several views. With several networks, the mean is over all views of all of them.
 */
public sealed interface Protocol {
  /** Views that have the size the network was made for. */
  record Cropped(Crops crops) implements Protocol {
    @Override
    public String label() {
      return switch (crops) {
        case SINGLE -> "1";
        case FLIP -> "flip";
        case TEN -> "10";
        case GOOGLENET -> "144";
      };
    }

    @Override
    public int views() {
      return switch (crops) {
        case SINGLE -> 1;
        case FLIP -> 2;
        case TEN -> 10;
        case GOOGLENET -> 144;
      };
    }

    @Override
    public String description() {
      return switch (crops) {
        case SINGLE -> "one view";
        case FLIP -> "one view and its mirror image";
        case TEN -> "10 crops: corners and centre, mirrored too";
        case GOOGLENET -> "GoogLeNet's 144 crops: 4 scales, 3 squares, 6 views, mirrored too";
      };
    }
  }

  /**
   * The network run densely over larger images, at several scales (He et al. 2015, section 3.4).
   *
   * <p>The shorter side becomes each of 224, 256, 384, 480 and 640 pixels, times S / 224 for a
   * network of side S, and the central square is cut out. The network slides over it: the final
   * mean over all cells becomes a mean over windows of the trained size with stride 1, the
   * classifier is applied to each, and its scores (logits) are averaged over all windows; the
   * softmax of that is averaged over the scales. Weights are shared, sizes are rounded to whole
   * strides of the network.
   *
   * @param mirrored whether mirror images count too, as Simonyan and Zisserman 2014 have it
   */
  record Dense(boolean mirrored) implements Protocol {
    /** The shorter sides of the paper, for networks of 224 pixels. */
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

  /** Its name on the command line. */
  String label();

  /** Views of an image that one program sees, at most. */
  int views();

  /** What is done, in a few words for reports. */
  String description();
}
