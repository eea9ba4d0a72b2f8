package dev.fovea.pack;

import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.encode.ChromaSampling;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Interpolation;

/**
 * Everything beside the data that decides the bytes of a pack.
 *
 * @param side pictures with a longer shorter side are shrunk to this; none is enlarged
 * @param interpolation the filter that shrinks
 * @param format how pictures are stored
 * @param quality of JPEGs, 1 to 100
 * @param sampling of JPEGs
 * @param seed decides the order
 * @param shardMegabytes the largest shard in millions of bytes, unless a single picture is larger
 * @param limits size limits of the pictures that are read
 */
public record PackSettings(
    int side,
    Interpolation interpolation,
    PackFormat format,
    int quality,
    ChromaSampling sampling,
    long seed,
    int shardMegabytes,
    DecodeLimits limits) {
  /** A shorter side of 256, bilinear, JPEG of quality 95 unless small, seed 0, shards of 256 MB. */
  public static final PackSettings STANDARD =
      new PackSettings(
          256,
          Interpolation.BILINEAR,
          PackFormat.AUTO,
          95,
          ChromaSampling.QUARTER,
          0,
          256,
          DecodeLimits.STANDARD);

  /** The longest shorter side. */
  private static final int MOST_SIDE = 4096;

  /** Shards beyond this could not be mapped into memory as one piece. */
  private static final int MOST_MEGABYTES = 2000;

  /** Checks the ranges. */
  public PackSettings {
    if (side < 1 || side > MOST_SIDE) {
      throw new DataException(
          "the shorter side must lie in 1.." + MOST_SIDE + ", got " + side + "; change pack.side");
    }
    if (quality < 1 || quality > 100) {
      throw new DataException(
          "the JPEG quality must lie in 1..100, got " + quality + "; change pack.quality");
    }
    if (shardMegabytes < 1 || shardMegabytes > MOST_MEGABYTES) {
      throw new DataException(
          "the size of a shard must lie in 1.."
              + MOST_MEGABYTES
              + " MB, got "
              + shardMegabytes
              + "; change pack.shard_megabytes");
    }
  }

  long shardBytes() {
    return shardMegabytes * 1_000_000L;
  }
}
