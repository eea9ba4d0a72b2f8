package dev.fovea.data.jpeg;

import java.util.Arrays;

/**
 * By how much each frequency of a component has to be weakened or strengthened at a smaller scale
 * so that it comes out as in full size, where interpolating the samples weakens it.
 *
 * <p>Interpolation between two samples by 3/4 and 1/4 weakens a cosine that advances by w from
 * pixel to pixel to {@code cos(w / 2)} cubed; repeating each sample s times to {@code sin(s w / 2)
 * / (s sin(w / 2))}.
 *
 * @param across factors of the frequencies along a row, from 0 on
 * @param down factors along a column
 */
record Response(double[] across, double[] down) {
  /**
   * The response of a component.
   *
   * @param full the component in full size
   * @param small the same at the smaller scale
   */
  static Response of(Plane full, Plane small) {
    double[] across = new double[small.size()];
    double[] down = new double[small.size()];
    Arrays.setAll(
        across,
        k ->
            response(k, full.size(), full.stretch(), full.smooth())
                / response(k, small.size(), small.stretch(), small.smooth()));
    Arrays.setAll(
        down,
        k ->
            response(k, full.size(), full.stretchDown(), full.smoothDown())
                / response(k, small.size(), small.stretchDown(), small.smoothDown()));
    return new Response(across, down);
  }

  private static double response(int frequency, int samples, int stretch, boolean smooth) {
    if (frequency == 0 || stretch == 1) {
      return 1;
    }
    double half = StrictMath.PI * frequency / samples / stretch / 2;
    return smooth
        ? StrictMath.pow(StrictMath.cos(half), 3)
        : StrictMath.sin(stretch * half) / (stretch * StrictMath.sin(half));
  }
}
