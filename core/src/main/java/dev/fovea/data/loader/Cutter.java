package dev.fovea.data.loader;

import dev.fovea.data.augment.HorizontalFlip;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import org.jspecify.annotations.Nullable;

/**
 * Makes the views of one image one by one. Caches the last region and the last view, because a
 * view's flip and its neighbors usually come next. Used by one thread.
 */
final class Cutter {
  private final Image whole;
  private final Preprocessing preprocessing;
  private View.@Nullable Cut cut;
  private @Nullable Image region;
  private @Nullable View seen;
  private @Nullable Image shown;

  Cutter(Image whole, Preprocessing preprocessing) {
    this.whole = whole;
    this.preprocessing = preprocessing;
  }

  /** Renders a view at the network's input size. */
  Image image(View view) {
    View upright = view.mirrored() ? view.mirror() : view;
    Image image = shown;
    if (image == null || !upright.equals(seen)) {
      image = upright instanceof View.Cut c ? crop(c, region(c)) : preprocessing.fit(whole);
      seen = upright;
      shown = image;
    }
    return view.mirrored() ? HorizontalFlip.flip(image) : image;
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
              whole,
              Resize.Box.of(whole),
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
