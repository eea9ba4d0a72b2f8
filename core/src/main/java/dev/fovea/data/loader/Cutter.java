package dev.fovea.data.loader;

import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.augment.PadCrop;
import dev.fovea.data.image.BlockScale;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the views of one picture one by one. Caches the last region and the last view, because a
 * view's flip and its neighbors usually come next. Used by one thread.
 */
final class Cutter {
  private final Picture picture;
  private final Preprocessing preprocessing;
  private View.@Nullable Cut cut;
  private @Nullable Image region;
  private @Nullable View seen;
  private @Nullable Image shown;
  private @Nullable Image fitted;

  Cutter(Picture picture, Preprocessing preprocessing) {
    this.picture = preprocessing.decoding().of(picture);
    this.preprocessing = preprocessing;
  }

  /**
   * Decodes what these views read, so that a damaged file is found before the first of them is
   * used. Views that differ need a picture that keeps its pixels, or it is decoded again for each.
   */
  void decode(List<View> views) {
    for (View view : views) {
      if (view instanceof View.Cut c) {
        keep(c);
      } else {
        image(view);
      }
    }
  }

  private void keep(View.Cut c) {
    Optional<BlockScale> scale =
        Resize.scale(
            picture, Resize.Box.of(picture), c.width(), c.height(), preprocessing.interpolation());
    scale.ifPresentOrElse(s -> picture.part(s.all(), s), picture::whole);
  }

  /** Renders a view at the network's input size. */
  Image image(View view) {
    View upright = view.mirrored() ? view.mirror() : view;
    Image image = shown;
    if (image == null || !upright.equals(seen)) {
      image = upright instanceof View.Cut c ? crop(c, region(c)) : fitted(upright);
      seen = upright;
      shown = image;
    }
    return view.mirrored() ? HorizontalFlip.flip(image) : image;
  }

  private Image fitted(View view) {
    Image whole = fitted;
    if (whole == null) {
      whole = preprocessing.fit(picture);
      fitted = whole;
    }
    return view instanceof View.Shifted s ? PadCrop.reflect(whole, s.columns(), s.rows()) : whole;
  }

  private Image crop(View.Cut c, Image from) {
    Resize.Box b = c.crop();
    Image part = from.crop(b.left(), b.top(), b.width(), b.height());
    return b.width() == preprocessing.width() && b.height() == preprocessing.height()
        ? part
        : Resize.to(
            part, preprocessing.width(), preprocessing.height(), preprocessing.interpolation());
  }

  private Image region(View.Cut c) {
    View.Cut last = cut;
    Image image = region;
    if (image == null
        || last == null
        || last.width() != c.width()
        || last.height() != c.height()
        || !last.region().equals(c.region())) {
      image =
          Resize.window(
              picture,
              Resize.Box.of(picture),
              c.width(),
              c.height(),
              c.region(),
              preprocessing.interpolation());
      cut = c;
      region = image;
    }
    return image;
  }
}
