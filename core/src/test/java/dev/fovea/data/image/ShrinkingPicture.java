package dev.fovea.data.image;

import java.util.ArrayList;
import java.util.List;

/**
 * A picture that shrinks by means of squares, as a JPEG nearly does, and notes what it is asked
 * for.
 */
public final class ShrinkingPicture implements Picture {
  /** A rectangle that was asked for, and the factor. */
  public record Request(Resize.Box box, int shrink) {}

  private final Image image;
  private final int largest;
  private final List<Request> requests = new ArrayList<>();

  /**
   * @param largest the largest factor that it offers: 1, 2, 4 or 8
   */
  public ShrinkingPicture(Image image, int largest) {
    this.image = image;
    this.largest = largest;
  }

  /** What was asked for, in order. */
  public List<Request> requests() {
    return requests;
  }

  @Override
  public int width() {
    return image.width();
  }

  @Override
  public int height() {
    return image.height();
  }

  @Override
  public int shrink(int most) {
    return Math.min(largest, Integer.highestOneBit(most));
  }

  @Override
  public Image part(Resize.Box box, int shrink) {
    Image whole = shrunk(image, shrink);
    if (box.left() < 0
        || box.top() < 0
        || box.width() < 1
        || box.height() < 1
        || box.left() + box.width() > whole.width()
        || box.top() + box.height() > whole.height()) {
      throw new AssertionError(box + " is not in " + whole.width() + "x" + whole.height());
    }
    requests.add(new Request(box, shrink));
    return whole.crop(box.left(), box.top(), box.width(), box.height());
  }

  /** The whole image, shrunk by a factor. */
  public static Image shrunk(Image image, int factor) {
    if (factor == 1) {
      return image;
    }
    Reduction reduction = new Reduction(image.width(), image.height(), factor);
    reduction.add(image.rgb(), image.height());
    return reduction.image();
  }
}
