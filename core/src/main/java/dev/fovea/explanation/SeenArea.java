package dev.fovea.explanation;

import dev.fovea.api.Api;

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
