package dev.fovea.data.loader;

import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Resize;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A picture that is decoded as a whole once for each scale, and whose pixels are kept, for several
 * views of it. Used by one thread.
 */
final class KeptPicture implements Picture {
  private final Picture picture;
  private final Map<BlockScale, Image> scaled = new HashMap<>();
  private @Nullable Image whole;

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
  public Optional<BlockScale> scale(double pixels) {
    return picture.scale(pixels);
  }

  @Override
  public Image part(Resize.Box box) {
    Image all = whole;
    if (all == null) {
      all = picture.whole();
      whole = all;
    }
    return all.part(box);
  }

  @Override
  public Image part(Resize.Box box, BlockScale scale) {
    return scaled.computeIfAbsent(scale, s -> picture.part(s.all(), s)).part(box);
  }
}
