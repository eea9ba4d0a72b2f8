package dev.fovea.data.jpeg;

/**
 * Decodes blocks of one scan into {@link Coefficients}: sequential, or one of the four kinds of
 * progressive scans.
 *
 * <p>Source: ITU-T T.81, F.2.2 and G.1.2, G.2; libjpeg-turbo's jdphuff.c for what happens to
 * damaged data.
 */
abstract sealed class StoredBlocks {
  final Scan scan;
  final BitReader reader;

  /** The DC coefficient of the last block of each component of the scan. */
  final int[] before;

  /** Blocks that follow without a bit of their own (T.81, G.1.2.2, EOBRUN). */
  int run;

  private StoredBlocks(Scan scan, BitReader reader) {
    this.scan = scan;
    this.reader = reader;
    this.before = new int[scan.parts().size()];
  }

  static StoredBlocks of(Scan scan, BitReader reader, boolean progressive) {
    if (!progressive) {
      return new Sequential(scan, reader);
    }
    if (scan.from() == 0) {
      return scan.high() == 0 ? new FirstDc(scan, reader) : new NextDc(scan, reader);
    }
    return scan.high() == 0 ? new FirstAc(scan, reader) : new NextAc(scan, reader);
  }

  /** Starts a restart interval. */
  final void restart() {
    java.util.Arrays.fill(before, 0);
    run = 0;
  }

  /**
   * Decodes a block.
   *
   * @param part index of the component in the scan
   * @param to receives coefficients from {@code at}
   */
  abstract void decode(int part, short[] to, int at);

  /** The difference of a DC coefficient, added to the one before. */
  final int dc(int part) {
    before[part] += reader.value(reader.symbol(scan.parts().get(part).dc()));
    return before[part];
  }

  /** Number of blocks in a run of empty bands, this one included. */
  final int emptyBands(int bits) {
    return (1 << bits) + reader.read(bits);
  }

  private static final class Sequential extends StoredBlocks {
    Sequential(Scan scan, BitReader reader) {
      super(scan, reader);
    }

    @Override
    void decode(int part, short[] to, int at) {
      to[at] = (short) dc(part);
      HuffmanTable ac = scan.parts().get(part).ac();
      for (int k = 1; k < Zigzag.BLOCK; k++) {
        int symbol = reader.symbol(ac);
        int size = symbol & 15;
        if (size == 0 && symbol >> 4 < 15) {
          break;
        }
        k += symbol >> 4;
        if (size > 0) {
          to[at + Zigzag.PLACES[k]] = (short) reader.value(size);
        }
      }
    }
  }

  private static final class FirstDc extends StoredBlocks {
    FirstDc(Scan scan, BitReader reader) {
      super(scan, reader);
    }

    @Override
    void decode(int part, short[] to, int at) {
      to[at] = (short) (dc(part) << scan.low());
    }
  }

  private static final class NextDc extends StoredBlocks {
    NextDc(Scan scan, BitReader reader) {
      super(scan, reader);
    }

    @Override
    void decode(int part, short[] to, int at) {
      to[at] |= (short) (reader.bit() << scan.low());
    }
  }

  private static final class FirstAc extends StoredBlocks {
    FirstAc(Scan scan, BitReader reader) {
      super(scan, reader);
    }

    @Override
    void decode(int part, short[] to, int at) {
      if (run > 0) {
        run--;
        return;
      }
      HuffmanTable ac = scan.parts().get(part).ac();
      for (int k = scan.from(); k <= scan.to(); k++) {
        int symbol = reader.symbol(ac);
        int zeros = symbol >> 4;
        int size = symbol & 15;
        if (size == 0 && zeros < 15) {
          run = emptyBands(zeros) - 1;
          break;
        }
        k += zeros;
        if (size > 0) {
          to[at + Zigzag.PLACES[k]] = (short) (reader.value(size) << scan.low());
        }
      }
    }
  }

  private static final class NextAc extends StoredBlocks {
    NextAc(Scan scan, BitReader reader) {
      super(scan, reader);
    }

    @Override
    void decode(int part, short[] to, int at) {
      int k = scan.from();
      if (run == 0) {
        k = decodeNew(scan.parts().get(part).ac(), to, at, k);
      }
      if (run > 0) {
        refine(to, at, k, Integer.MAX_VALUE);
        run--;
      }
    }

    /** Decodes coefficients that become other than zero; returns the first place behind them. */
    private int decodeNew(HuffmanTable ac, short[] to, int at, int first) {
      for (int k = first; k <= scan.to(); k++) {
        int symbol = reader.symbol(ac);
        int zeros = symbol >> 4;
        int value = 0;
        if ((symbol & 15) > 0) {
          value = reader.bit() == 1 ? 1 << scan.low() : -1 << scan.low();
        } else if (zeros < 15) {
          run = emptyBands(zeros);
          return k;
        }
        k = refine(to, at, k, zeros);
        if (value != 0) {
          to[at + Zigzag.PLACES[k]] = (short) value;
        }
      }
      return scan.to() + 1;
    }

    /**
     * Reads a bit for every coefficient that is other than zero already.
     *
     * @param zeros how many that are zero are passed over
     * @return the place of the next zero, or behind the band
     */
    private int refine(short[] to, int at, int first, int zeros) {
      int one = 1 << scan.low();
      int left = zeros;
      int k = first;
      for (; k <= scan.to(); k++) {
        int place = at + Zigzag.PLACES[k];
        if (to[place] == 0) {
          if (left-- == 0) {
            break;
          }
        } else if (reader.bit() == 1 && (to[place] & one) == 0) {
          to[place] += (short) (to[place] >= 0 ? one : -one);
        }
      }
      return k;
    }
  }
}
