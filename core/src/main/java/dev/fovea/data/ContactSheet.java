package dev.fovea.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;

/** A grid of pictures with captions, as a PNG file. */
public final class ContactSheet {
  private static final int TILE = 128;
  private static final int GAP = 6;
  private static final int INK = 40;

  private ContactSheet() {}

  /**
   * A picture and what is written below it.
   *
   * @param image shown as large as it fits a tile; small ones in whole multiples, so that their
   *     pixels stay visible
   * @param caption shortened to the tile's width
   */
  public record Tile(Image image, String caption) {}

  /**
   * Pictures as they are in the set; which ones is drawn from {@code seed}, unreadable ones are
   * passed over.
   *
   * @param count at most this many pictures
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
   * Pictures as the network sees them in training, before normalisation: row by row another
   * picture, in several epochs.
   */
  public static byte[] augmented(
      Dataset set,
      List<Augment> augments,
      Preprocessing preprocessing,
      int rows,
      int columns,
      long seed) {
    SampleMaker maker = new SampleMaker(set, augments, preprocessing, seed);
    List<Tile> tiles = new ArrayList<>();
    for (int i : Rng.of(seed, 0, -2).permutation(set.size())) {
      for (int epoch = 0; epoch < columns && tiles.size() < rows * columns; epoch++) {
        int e = epoch;
        addReadable(tiles, set, i, () -> maker.image(i, e));
      }
    }
    return png(tiles, columns);
  }

  private interface Making {
    Image make();
  }

  private static void addReadable(List<Tile> tiles, Dataset set, int i, Making making) {
    try {
      tiles.add(new Tile(making.make(), set.classes().get(set.label(i))));
    } catch (DataException e) {
      return; // Reported where pictures are counted; a sheet shows what can be shown.
    }
  }

  /** The tiles in rows of {@code columns}. */
  public static byte[] png(List<Tile> tiles, int columns) {
    if (tiles.isEmpty() || columns < 1) {
      throw new DataException(
          "a contact sheet needs a picture and a column; got " + tiles.size() + " and " + columns);
    }
    int across = Math.min(columns, tiles.size());
    int down = (tiles.size() + columns - 1) / columns;
    int cellHeight = TILE + DotFont.HEIGHT + 2 + GAP;
    Image sheet = Image.black(across * (TILE + GAP) + GAP, down * cellHeight + GAP);
    Arrays.fill(sheet.rgb(), (byte) 0xf4);
    for (int i = 0; i < tiles.size(); i++) {
      int x = GAP + i % columns * (TILE + GAP);
      int y = GAP + i / columns * cellHeight;
      Image shown = scaled(tiles.get(i).image);
      paste(shown, sheet, x + (TILE - shown.width()) / 2, y + (TILE - shown.height()) / 2);
      String caption = tiles.get(i).caption;
      int letters = TILE / DotFont.ADVANCE;
      DotFont.write(
          sheet,
          x,
          y + TILE + 2,
          caption.length() > letters ? caption.substring(0, letters) : caption,
          INK);
    }
    return encode(sheet);
  }

  private static Image scaled(Image in) {
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

  /** The bytes of a PNG file of this picture. */
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
