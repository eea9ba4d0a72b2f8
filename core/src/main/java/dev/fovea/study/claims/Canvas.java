package dev.fovea.study.claims;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.Dataset;
import dev.fovea.explanation.Box;
import dev.fovea.tensor.Rng;

/**
 * An image of a data set at a known place on a background of twice its side. The background has the
 * colors of another image, whose pixels are scattered over it, so that there is nothing else to
 * recognize.
 *
 * @param box where the image is
 * @param label of the image
 */
record Canvas(Image image, Box box, int label) {
  /** How much longer a canvas is than the image on it. */
  static final int TIMES = 2;

  private static final long SEED = 40;

  /**
   * Places an image; the place and the background are functions of its number and that of the set.
   *
   * @param preprocessing brings images to one size, which is square
   */
  static Canvas of(Dataset set, int item, Preprocessing preprocessing) {
    Image placed = preprocessing.fit(set.picture(item));
    Image colors = preprocessing.fit(set.picture((item + set.size() / 2) % set.size()));
    int side = placed.width();
    Rng random = Rng.of(SEED, set.size(), item);
    int left = random.nextInt((TIMES - 1) * side + 1);
    int top = random.nextInt((TIMES - 1) * side + 1);
    Image canvas = Image.black(TIMES * side, TIMES * side);
    for (int y = 0; y < canvas.height(); y++) {
      for (int x = 0; x < canvas.width(); x++) {
        boolean inside = x >= left && x < left + side && y >= top && y < top + side;
        int from = inside ? (y - top) * side + x - left : random.nextInt(side * side);
        System.arraycopy(
            (inside ? placed : colors).rgb(),
            Image.CHANNELS * from,
            canvas.rgb(),
            Image.CHANNELS * (y * canvas.width() + x),
            Image.CHANNELS);
      }
    }
    return new Canvas(
        canvas, new Box(left, top, (double) left + side, (double) top + side), set.label(item));
  }

  /**
   * Returns the share of canvases, in percent, in which a box of the image's size overlaps the
   * image by an intersection over union of at least {@code least}.
   *
   * @param random whether the box is at a random place, else in the middle
   */
  static double guessed(int side, boolean random, double least) {
    int places = (TIMES - 1) * side + 1;
    long right = 0;
    long all = 0;
    for (int guess = 0; guess < places; guess++) {
      if (!random && guess != places / 2) {
        continue;
      }
      for (int guessDown = 0; guessDown < places; guessDown++) {
        if (!random && guessDown != places / 2) {
          continue;
        }
        right += overlapping(side, places, guess, guessDown, least);
        all += (long) places * places;
      }
    }
    return 100.0 * right / all;
  }

  private static long overlapping(int side, int places, int left, int top, double least) {
    long right = 0;
    for (int x = 0; x < places; x++) {
      for (int y = 0; y < places; y++) {
        double common = (double) (side - Math.abs(x - left)) * (side - Math.abs(y - top));
        right += common / (2.0 * side * side - common) >= least ? 1 : 0;
      }
    }
    return right;
  }
}
