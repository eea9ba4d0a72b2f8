package dev.fovea.convolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.GuardedMemory;
import dev.fovea.GuardedMemory.Side;
import dev.fovea.NeedsAvx512;
import dev.fovea.convolution.Tiling.Pair;
import dev.fovea.onednn.binding.MachineCode;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.x86.Reg;
import dev.fovea.x86.VectorWidth;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The transforms of every tiling, by rows, by columns and by both, against products in float64. */
class TransformCodeTest {
  /** A transform and where it is from. */
  private record Transform(String name, Pair pair) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Transform> transforms() {
    return Stream.of(
            Tiling.of(3, 3),
            Tiling.of(5, 5),
            Tiling.of(1, 3),
            Tiling.of(3, 1),
            Tiling.of(1, 7),
            Tiling.of(7, 1))
        .map(Optional::orElseThrow)
        .flatMap(
            t ->
                Stream.of(
                    new Transform(t + " input", t.input()),
                    new Transform(t + " output", t.output()),
                    new Transform(t + " output's gradient", t.outputGradient()),
                    new Transform(t + " filter", t.filter()),
                    new Transform(t + " filter's gradient", t.filterGradient())));
  }

  @ParameterizedTest
  @MethodSource("transforms")
  void vectorsOfEightAreTransformed(Transform t) {
    check(VectorWidth.YMM, t.pair());
  }

  @NeedsAvx512(because = "it runs instructions of AVX-512")
  @ParameterizedTest
  @MethodSource("transforms")
  void vectorsOfSixteenAreTransformed(Transform t) {
    check(VectorWidth.ZMM, t.pair());
  }

  private static void check(VectorWidth width, Pair pair) {
    SplittableRandom random = new SplittableRandom(1);
    int in = pair.rowsIn() * pair.columnsIn();
    int out = pair.rowsOut() * pair.columnsOut();
    try (Owner owner = new Owner("code of a test");
        GuardedMemory source = new GuardedMemory((long) in * width.bytes(), Side.END);
        GuardedMemory result = new GuardedMemory((long) out * width.bytes(), Side.END)) {
      float[] x = new float[in * width.floats()];
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (random.nextDouble() * 2 - 1);
      }
      source.bytes().asFloatBuffer().put(x);
      List<Integer> taken = new ArrayList<>();
      byte[] code = assemble(width, pair, source.address(), result.address(), taken);
      NativeLibrary.get().team().orElseThrow().run(new MachineCode(owner, code), 1);
      float[] y = new float[out * width.floats()];
      result.bytes().asFloatBuffer().get(y);
      // Once to learn the constants, and once more.
      assertThat(taken).hasSize(2 * out).doesNotContain(-1);
      for (int i = 0; i < y.length; i++) {
        double[] right = element(pair, x, i / width.floats(), i % width.floats(), width.floats());
        assertThat((double) y[i])
            .as("element %d", i)
            .isCloseTo(right[0], within(right[1] * 0x1p-22));
      }
    }
  }

  private static byte[] assemble(
      VectorWidth width, Pair pair, long source, long result, List<Integer> taken) {
    Code code = new Code(width);
    PlaneCode plane = new PlaneCode(code, pair);
    code.asm().move(Reg.RSI, source);
    code.asm().move(Reg.RDI, result);
    code.withConstants(
        () ->
            plane.emit(
                (register, r, c) ->
                    code.asm()
                        .load(
                            register,
                            Reg.RSI.at((long) (r * pair.columnsIn() + c) * width.bytes())),
                (r, c, register) -> {
                  int element = r * pair.columnsOut() + c;
                  taken.add(element);
                  code.asm().store(Reg.RDI.at((long) element * width.bytes()), register);
                  // Whoever takes a result may overwrite its register, and the last two.
                  for (int free : List.of(register, Code.PINNED - 2, Code.PINNED - 1)) {
                    code.asm().zero(free);
                  }
                }));
    return code.toBytes();
  }

  // The element, and the sum of the absolute values of its terms.
  private static double[] element(Pair pair, float[] x, int element, int lane, int lanes) {
    int row = element / pair.columnsOut();
    int column = element % pair.columnsOut();
    double[] sums = new double[2];
    for (int r = 0; r < pair.rowsIn(); r++) {
      for (int c = 0; c < pair.columnsIn(); c++) {
        double v = pair.vertical().map(m -> m[row]).orElse(new double[] {1})[r];
        double h = pair.horizontal().map(m -> m[column]).orElse(new double[] {1})[c];
        double term = v * h * x[(r * pair.columnsIn() + c) * lanes + lane];
        sums[0] += term;
        sums[1] += Math.abs(term);
      }
    }
    return sums;
  }
}
