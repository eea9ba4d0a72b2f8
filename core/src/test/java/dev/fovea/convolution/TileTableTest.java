package dev.fovea.convolution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.convolution.TileTable.Grid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Entries of tiles: offsets, and which rows and columns are inside. */
class TileTableTest {
  // Two images of 24 channels and 5 x 6 pixels, inside tensors of 40 channels.
  private static final int PIXEL = 8 * 4;
  private static final int ROW = 6 * PIXEL;
  private static final int IMAGE = 5 * 5 * ROW;
  private static final Activation ACTIVATION =
      new Activation(0x1000, Format.F32, 2, 24, 5, 6, IMAGE, 5 * ROW);

  private record Entry(long offset, int columns, int rows, List<Integer> rowMasks) {}

  private static List<Entry> entries(TileTable table) {
    ByteBuffer b =
        ByteBuffer.allocate(Math.toIntExact(table.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    table.write(b);
    assertThat(b.hasRemaining()).isFalse();
    b.flip();
    List<Entry> entries = new ArrayList<>();
    while (b.hasRemaining()) {
      long offset = b.getLong();
      int columns = b.getInt();
      int rows = b.getInt();
      List<Integer> masks = new ArrayList<>();
      for (int r = 0; r < 8; r++) {
        masks.add((int) b.getShort());
      }
      entries.add(new Entry(offset, columns, rows, masks));
    }
    return entries;
  }

  @Test
  void sourcesOverlapAndStartInsidePadding() {
    Grid grid = new Grid(2, 2, 4, 4, 6, 6, -1, -1);
    List<Entry> entries = entries(TileTable.of(ACTIVATION, grid, 8));
    assertThat(entries)
        .extracting(Entry::offset)
        .containsExactly(
            (long) -ROW - PIXEL,
            (long) -ROW + 3 * PIXEL,
            3L * ROW - PIXEL,
            3L * ROW + 3 * PIXEL,
            IMAGE - (long) ROW - PIXEL,
            IMAGE - (long) ROW + 3 * PIXEL,
            IMAGE + 3L * ROW - PIXEL,
            IMAGE + 3L * ROW + 3 * PIXEL);
    // The least significant bit is the first column: 6 columns from -1, and from 3.
    assertThat(entries)
        .extracting(Entry::columns)
        .containsExactly(
            0b111110, 0b000111, 0b111110, 0b000111, 0b111110, 0b000111, 0b111110, 0b000111);
    assertThat(entries)
        .extracting(Entry::rows)
        .containsExactly(
            0b111110, 0b111110, 0b000011, 0b000011, 0b111110, 0b111110, 0b000011, 0b000011);
    assertThat(entries.get(0).rowMasks()).containsExactly(0, -1, -1, -1, -1, -1, 0, 0);
    assertThat(entries.get(7).rowMasks()).containsExactly(-1, -1, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void resultsAreCutOffAtTheEdges() {
    Grid grid = new Grid(2, 2, 4, 4, 4, 4, 0, 0);
    List<Entry> entries = entries(TileTable.of(ACTIVATION, grid, 8)).subList(0, 4);
    assertThat(entries)
        .extracting(Entry::offset)
        .containsExactly(0L, 4L * PIXEL, 4L * ROW, 4L * ROW + 4 * PIXEL);
    assertThat(entries).extracting(Entry::columns).containsExactly(0b1111, 0b0011, 0b1111, 0b0011);
    assertThat(entries).extracting(Entry::rows).containsExactly(0b1111, 0b1111, 1, 1);
  }

  @Test
  void aTileMayLieWhollyInPadding() {
    Grid grid = new Grid(1, 2, 1, 4, 1, 6, 0, -6);
    List<Entry> entries = entries(TileTable.of(ACTIVATION, grid, 8)).subList(0, 2);
    assertThat(entries).extracting(Entry::columns).containsExactly(0, 0b111100);
    assertThat(entries).extracting(Entry::rows).containsExactly(1, 1);
  }

  @Test
  void aTileOfOneDimensionHasUpToTenElements() {
    Grid grid = new Grid(5, 1, 1, 4, 1, 10, 0, -3);
    assertThat(entries(TileTable.of(ACTIVATION, grid, 8)))
        .extracting(Entry::columns)
        .containsOnly(0b111111000 & 0x3ff);
  }

  @Test
  void pixelsOfBfloat16AreHalfAsFarApart() {
    Activation half = new Activation(0, Format.BF16, 1, 32, 5, 6, 2L * 5 * 6 * 32, 5 * 6 * 32);
    Grid grid = new Grid(2, 2, 4, 4, 4, 4, 0, 0);
    assertThat(entries(TileTable.of(half, grid, 16)))
        .extracting(Entry::offset)
        .containsExactly(0L, 4L * 32, 4L * 6 * 32, 4L * 6 * 32 + 4 * 32);
  }

  /** One table serves all tensors of a shape, wherever they lie. */
  @Test
  void tablesOfTensorsThatDifferInTheirAddressAreEqual() {
    Grid grid = new Grid(2, 2, 4, 4, 4, 4, 0, 0);
    Activation elsewhere =
        new Activation(0x9000, Format.F32, 2, 16, 5, 6, IMAGE, ACTIVATION.blockStride());
    assertThat(TileTable.of(elsewhere, grid, 8)).isEqualTo(TileTable.of(ACTIVATION, grid, 8));
  }
}
