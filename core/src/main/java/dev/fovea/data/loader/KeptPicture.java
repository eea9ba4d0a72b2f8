package dev.fovea.data.loader;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import java.util.Map;
import java.util.TreeMap;

/**
 * A picture that is decoded as a whole once for each factor, and whose pixels are kept, for several
 * views of it. Used by one thread.
 */
final class KeptPicture implements Picture {
  private final Picture picture;
  private final Map<Integer, Image> decoded = new TreeMap<>();

  private KeptPicture(Picture picture) {
    this.picture = picture;
  }

  /** {@code picture} with its pixels kept; an {@link Image} has them already. */
  static Picture of(Picture picture) {
    return picture instanceof Image ? picture : new KeptPicture(picture);
  }

  @Override
  public int width() {
    return picture.width();
  }

  @Override
  public int height() {
    return picture.height();
  }

  @Override
  public int shrink(int most) {
    return picture.shrink(most);
  }

  @Override
  public Image part(Resize.Box box, int shrink) {
    Image all = decoded.computeIfAbsent(shrink, s -> picture.part(Resize.Box.of(picture, s), s));
    return all.part(box, 1);
  }
}
