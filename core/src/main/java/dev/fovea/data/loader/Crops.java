package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import java.util.ArrayList;
import java.util.List;

/**
 * Multi-crop evaluation protocols: the views of an image whose predictions are averaged.
 *
 * <p>The papers give sizes for inputs of 224 pixels. For an input side S every size is multiplied
 * by S / 224 and rounded, so 256 becomes 37 for CIFAR's 32 pixels and 342 for 299. Resizing uses
 * the filter of the preprocessing.
 */
public enum Crops {
  /** One view, by the preprocessing in the model file. */
  SINGLE {
    @Override
    List<View> views(int width, int height, Preprocessing p) {
      Resize.shorterSideSize(width, height, p.resizeShorter());
      return List.of(new View.Fitted(false));
    }
  },

  /** {@link #SINGLE} and its horizontal flip. */
  FLIP {
    @Override
    List<View> views(int width, int height, Preprocessing p) {
      return withFlips(SINGLE.views(width, height, p));
    }
  },

  /**
   * {@link #FLIP}, and both once more for the image moved by a pixel to the lower right and to the
   * upper left, with its edges mirrored: 6 views, of which the four that are moved count half
   * (Jordan 2024, section 3.5). One pixel is for inputs of 32; larger ones are moved by S / 32.
   */
  FLIP_SHIFT {
    @Override
    List<View> views(int width, int height, Preprocessing p) {
      int by = Math.max(1, Math.round(Math.min(p.width(), p.height()) / 32f));
      List<View> views = new ArrayList<>(SINGLE.views(width, height, p));
      views.add(new View.Shifted(-by, -by, false));
      views.add(new View.Shifted(by, by, false));
      return withFlips(views);
    }

    @Override
    public double weight(int view) {
      return view < 2 ? 2 : 1;
    }
  },

  /**
   * Shorter side resized to 256; the four corner crops and the center crop of 224, and their flips
   * (Krizhevsky et al. 2012, section 4.1). Corners are those of the whole resized image, as in
   * torchvision's {@code TenCrop}, not of its central square.
   */
  TEN {
    @Override
    List<View> views(int width, int height, Preprocessing p) {
      Resize.Box size = Resize.shorterSideSize(width, height, scaled(256, p));
      if (size.width() < p.width() || size.height() < p.height()) {
        throw new DataException(
            "an image of "
                + width
                + "x"
                + height
                + " is too narrow for ten crops of "
                + p.width()
                + "x"
                + p.height()
                + "; use another protocol");
      }
      List<View> views = new ArrayList<>();
      for (Resize.Box crop : fiveCrops(size.width(), size.height(), p)) {
        Resize.Box whole = new Resize.Box(0, 0, crop.width(), crop.height());
        views.add(new View.Cut(size.width(), size.height(), crop, whole, false));
      }
      return withFlips(views);
    }
  },

  /**
   * Shorter side resized to 256, 288, 320 and 352; for each, the left, center and right squares
   * (top, center and bottom for portraits); for each square, the four corner crops and the center
   * crop of 224 and the square resized to 224; and the flips of all: 4·3·6·2 = 144 (Szegedy et al.
   * 2014, section 7).
   *
   * <p>The three squares of a square image coincide, which leaves 48 distinct views. Each is used
   * once, which gives the same mean.
   */
  GOOGLENET {
    @Override
    List<View> views(int width, int height, Preprocessing p) {
      if (p.width() != p.height()) {
        throw new DataException(
            "GoogLeNet's 144 crops are squares, but the network's input is "
                + p.height()
                + "x"
                + p.width()
                + "; use another protocol");
      }
      List<View> views = new ArrayList<>();
      for (int scale : List.of(256, 288, 320, 352)) {
        int side = scaled(scale, p);
        Resize.Box size = Resize.shorterSideSize(width, height, side);
        for (Resize.Box square : squares(size, side)) {
          List<Resize.Box> crops = new ArrayList<>(fiveCrops(side, side, p));
          crops.add(new Resize.Box(0, 0, side, side));
          crops.forEach(
              c -> views.add(new View.Cut(size.width(), size.height(), square, c, false)));
        }
      }
      return withFlips(views);
    }
  };

  /** The input side that the papers' sizes refer to. */
  private static final double PAPER_SIDE = 224;

  /**
   * The views of an image, each followed by its flip if the protocol has flips.
   *
   * @throws DataException if an image of this size cannot be resized
   */
  abstract List<View> views(int width, int height, Preprocessing p);

  /** How much a view counts in the mean, beside others of the same image. */
  public double weight(int view) {
    return 1;
  }

  /** Scales a paper's size, given for inputs of 224 pixels, to the network's input. */
  static int scaled(int size, Preprocessing p) {
    return (int) Math.round(size * Math.min(p.width(), p.height()) / PAPER_SIDE);
  }

  private static List<View> withFlips(List<View> views) {
    List<View> all = new ArrayList<>();
    for (View v : views) {
      all.add(v);
      all.add(v.mirror());
    }
    return all;
  }

  /** Top left, top right, bottom left, bottom right, center. */
  private static List<Resize.Box> fiveCrops(int width, int height, Preprocessing p) {
    int right = width - p.width();
    int bottom = height - p.height();
    List<Resize.Box> crops = new ArrayList<>();
    for (int top : new int[] {0, bottom}) {
      for (int left : new int[] {0, right}) {
        crops.add(new Resize.Box(left, top, p.width(), p.height()));
      }
    }
    // Rounded half to even, as in every center crop here.
    int left = (int) Math.rint(right / 2.0);
    int top = (int) Math.rint(bottom / 2.0);
    crops.add(new Resize.Box(left, top, p.width(), p.height()));
    return crops;
  }

  private static List<Resize.Box> squares(Resize.Box size, int side) {
    int across = size.width() - side;
    int down = size.height() - side;
    List<Resize.Box> squares = new ArrayList<>();
    for (double at : across == 0 && down == 0 ? new double[] {0} : new double[] {0, 0.5, 1}) {
      squares.add(
          new Resize.Box((int) Math.rint(across * at), (int) Math.rint(down * at), side, side));
    }
    return squares;
  }
}
