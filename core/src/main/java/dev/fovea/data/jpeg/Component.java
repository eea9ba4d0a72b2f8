package dev.fovea.data.jpeg;

/**
 * A component of a frame: luma, chroma or an ink.
 *
 * @param id by which scans name it
 * @param h horizontal sampling factor, 1 to 4; 1 if the frame has no other component
 * @param v vertical sampling factor, likewise
 * @param table index of its quantization table
 * @param wide blocks per row that hold samples
 * @param high rows of such blocks
 * @param allWide blocks per row, with those that fill the last MCU
 * @param allHigh rows of blocks, likewise
 * @param group the vertical sampling factor as stated, even if the frame has no other component
 */
record Component(
    int id, int h, int v, int table, int wide, int high, int allWide, int allHigh, int group) {}
