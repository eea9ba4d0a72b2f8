package dev.fovea.data.inspect;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Interpolation;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.Resize;
import dev.fovea.data.loader.BatchBuffer;
import dev.fovea.data.loader.BatchFormat;
import dev.fovea.data.loader.Loader;
import dev.fovea.data.loader.Mixing;
import dev.fovea.data.loader.SampleMaker;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Rng;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;

/** Renders a grid of images with captions as a PNG file. */
public final class ContactSheet {
  private static final int TILE = 128;
  private static final int GAP = 6;
  private static final int INK = 40;

  private ContactSheet() {}

  /**
   * An image with a caption below it.
   *
   * @param image scaled to fit a tile; small images by an integer factor, so that pixels stay
   *     visible
   * @param caption shortened to the tile's width
   */
  public record Tile(Image image, String caption) {}

  /**
   * A sheet of random images as stored in the set, chosen by {@code seed}; unreadable images are
   * skipped.
   *
   * @param count maximum number of images
   * @return the bytes of a PNG file
   */
  public static byte[] raw(Dataset set, int count, int columns, long seed) {
    List<Tile> tiles = new ArrayList<>();
    for (int i : Rng.of(seed, 0, -2).permutation(set.size())) {
      if (tiles.size() < count) {
        addReadable(tiles, set, i, () -> set.image(i));
      }
    }
    return png(tiles, columns);
  }

  /**
   * A sheet of images as the network sees them in training, before normalization. Each row is one
   * image in successive epochs. With mixing, each column is treated as a batch, and captions show
   * both shares.
   *
   * @return the bytes of a PNG file
   */
  public static byte[] augmented(
      Dataset set,
      List<Augment> augments,
      Mixing mixing,
      Preprocessing preprocessing,
      int rows,
      int columns,
      long seed) {
    SampleMaker maker =
        new SampleMaker(set, augments, preprocessing.unscored(), format(preprocessing, 1), seed);
    List<Integer> items = new ArrayList<>();
    List<Tile> tiles = new ArrayList<>();
    for (int i : Rng.of(seed, 0, -2).permutation(set.size())) {
      if (items.size() < rows && addReadable(tiles, set, i, () -> maker.image(i, 0))) {
        items.add(i);
      }
    }
    Tile[] sheet = new Tile[items.size() * columns];
    for (int epoch = 0; epoch < columns && !items.isEmpty(); epoch++) {
      int e = epoch;
      List<Image> images = items.stream().map(i -> maker.image(i, e)).toList();
      List<String> labels = items.stream().map(i -> set.classes().get(set.label(i))).toList();
      List<Tile> column = mix(images, labels, mixing, preprocessing, seed, e);
      for (int row = 0; row < items.size(); row++) {
        sheet[row * columns + e] = column.get(row);
      }
    }
    return png(List.of(sheet), columns);
  }

  private static List<Tile> mix(
      List<Image> images,
      List<String> labels,
      Mixing mixing,
      Preprocessing preprocessing,
      long seed,
      int epoch) {
    int n = images.size();
    BatchFormat format = format(preprocessing, n);
    BatchBuffer batch = new BatchBuffer(format, b -> {});
    BatchBuffer.Row row = new BatchBuffer.Row(format);
    Normalizer normalizer = new Normalizer(preprocessing);
    for (int i = 0; i < n; i++) {
      normalizer.floats(images.get(i), row.floats);
      batch.store(i, i, i, row);
    }
    float share = mixing.mix(batch, n, Loader.mixingNumbers(seed, epoch, 0));
    List<Tile> tiles = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      if (share == 1) {
        tiles.add(new Tile(images.get(i), labels.get(i)));
      } else {
        batch.read(i, row.floats);
        Image shown = normalizer.image(row.floats, format.width(), format.height());
        tiles.add(new Tile(shown, caption(share, labels.get(i), labels.get(n - 1 - i))));
      }
    }
    return tiles;
  }

  private static BatchFormat format(Preprocessing p, int images) {
    return new BatchFormat(images, p.channels(), p.height(), p.width(), DType.F32);
  }

  private static String caption(float share, String own, String other) {
    int percent = Math.round(100 * share);
    int letters = (TILE / DotFont.ADVANCE - 8) / 2;
    return percent
        + " "
        + start(own, letters)
        + " "
        + (100 - percent)
        + " "
        + start(other, letters);
  }

  private static String start(String text, int letters) {
    return text.length() > letters ? text.substring(0, letters) : text;
  }

  private interface Making {
    Image make();
  }

  private static boolean addReadable(List<Tile> tiles, Dataset set, int i, Making making) {
    try {
      return tiles.add(new Tile(making.make(), set.classes().get(set.label(i))));
    } catch (DataException e) {
      return false; // DataCheck reports unreadable images.
    }
  }

  /**
   * Renders tiles in rows of {@code columns}.
   *
   * @return the bytes of a PNG file
   */
  public static byte[] png(List<Tile> tiles, int columns) {
    if (tiles.isEmpty() || columns < 1) {
      throw new DataException(
          "a contact sheet needs at least one image and one column, got "
              + tiles.size()
              + " and "
              + columns);
    }
    int across = Math.min(columns, tiles.size());
    int down = (tiles.size() + columns - 1) / columns;
    int cellHeight = TILE + DotFont.HEIGHT + 2 + GAP;
    Image sheet = Image.black(across * (TILE + GAP) + GAP, down * cellHeight + GAP);
    Arrays.fill(sheet.rgb(), (byte) 0xf4);
    for (int i = 0; i < tiles.size(); i++) {
      int x = GAP + i % columns * (TILE + GAP);
      int y = GAP + i / columns * cellHeight;
      Image shown = scaleToTile(tiles.get(i).image);
      paste(shown, sheet, x + (TILE - shown.width()) / 2, y + (TILE - shown.height()) / 2);
      String caption = start(tiles.get(i).caption, TILE / DotFont.ADVANCE);
      DotFont.write(sheet, x, y + TILE + 2, caption, INK);
    }
    return encode(sheet);
  }

  private static Image scaleToTile(Image in) {
    int longer = Math.max(in.width(), in.height());
    if (longer <= TILE) {
      int factor = TILE / longer;
      return Resize.to(in, in.width() * factor, in.height() * factor, Interpolation.NEAREST);
    }
    int w = Math.max(1, (int) ((long) in.width() * TILE / longer));
    int h = Math.max(1, (int) ((long) in.height() * TILE / longer));
    return Resize.to(in, w, h, Interpolation.BILINEAR);
  }

  private static void paste(Image in, Image on, int x, int y) {
    for (int r = 0; r < in.height(); r++) {
      System.arraycopy(
          in.rgb(), r * in.width() * 3, on.rgb(), ((y + r) * on.width() + x) * 3, in.width() * 3);
    }
  }

  /** Encodes an image as a PNG file. */
  public static byte[] encode(Image in) {
    BufferedImage image = new BufferedImage(in.width(), in.height(), BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < in.height(); y++) {
      for (int x = 0; x < in.width(); x++) {
        image.setRGB(x, y, in.pixel(x, y));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, "png", out)) {
        throw new IOException("no PNG encoder is installed");
      }
    } catch (IOException e) {
      throw new DataException(
          "cannot encode a PNG of " + in.width() + "x" + in.height() + ": " + e.getMessage(), e);
    }
    return out.toByteArray();
  }
}
