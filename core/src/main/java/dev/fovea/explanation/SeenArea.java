package dev.fovea.explanation;

import dev.fovea.api.Api;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;

/**
 * Which part of a picture a network saw: the edges of its input in pixels of the original picture.
 * They lie outside the picture where the crop was larger than the resized picture.
 *
 * <pre>{@code
 * SeenArea area = new SeenArea(640, 480, new Box(80, 0, 560, 480), 224, 224);
 * Box inPicture = area.toPicture(new Box(0, 0, 112, 112));
 * }</pre>
 *
 * @param pictureWidth columns of the original, upright picture
 * @param pictureHeight rows of it
 * @param edges of the input, in pixels of the picture
 * @param inputHeight rows of the input
 * @param inputWidth columns of the input
 */
@Api(Api.Status.EXPERIMENTAL)
public record SeenArea(
    int pictureWidth, int pictureHeight, Box edges, int inputHeight, int inputWidth) {

  /**
   * What a network with this preprocessing sees of a picture; inverts {@link Preprocessing#fit}.
   */
  static SeenArea of(Preprocessing how, Picture picture) {
    int across = picture.width();
    int down = picture.height();
    if (across == how.width()
        && down == how.height()
        && Math.min(across, down) == how.resizeShorter()) {
      return new SeenArea(across, down, new Box(0, 0, across, down), down, across);
    }
    Resize.Box full = Resize.shorterSideSize(picture, how.resizeShorter());
    double left = Math.rint((full.width() - how.width()) / 2.0);
    double top = Math.rint((full.height() - how.height()) / 2.0);
    double scaleX = (double) across / full.width();
    double scaleY = (double) down / full.height();
    Box edges =
        new Box(
            left * scaleX,
            top * scaleY,
            (left + how.width()) * scaleX,
            (top + how.height()) * scaleY);
    return new SeenArea(across, down, edges, how.height(), how.width());
  }

  /** A box of the network's input in pixels of the picture. */
  public Box toPicture(Box inInput) {
    double across = (edges.right() - edges.left()) / inputWidth;
    double down = (edges.bottom() - edges.top()) / inputHeight;
    return new Box(
        edges.left() + inInput.left() * across,
        edges.top() + inInput.top() * down,
        edges.left() + inInput.right() * across,
        edges.top() + inInput.bottom() * down);
  }

  /** A box of the picture in pixels of the network's input. */
  public Box toInput(Box inPicture) {
    double across = inputWidth / (edges.right() - edges.left());
    double down = inputHeight / (edges.bottom() - edges.top());
    return new Box(
        (inPicture.left() - edges.left()) * across,
        (inPicture.top() - edges.top()) * down,
        (inPicture.right() - edges.left()) * across,
        (inPicture.bottom() - edges.top()) * down);
  }
}
