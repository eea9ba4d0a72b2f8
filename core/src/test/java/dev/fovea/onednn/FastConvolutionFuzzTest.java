package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Fuzz;
import dev.fovea.onednn.FastConvolutionTest.Way;
import dev.fovea.program.Precision;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Random convolutions, every pass in training and the result in inference, on one to three threads:
 * kernels and padding that have a fast algorithm, maps from one pixel, channels that fill no block.
 */
class FastConvolutionFuzzTest {
  private static final int ROUNDS = 40;
  private static final long MOST_BYTES = 1L << 30;
  private static final List<String> KERNELS =
      List.of("3x3", "3x3", "5x5", "1x7", "7x1", "1x3", "3x1");

  @Test
  void randomConvolutionsAreWithinTheirBounds() {
    Fuzz.Outcome outcome =
        Fuzz.of("fast convolutions", ROUNDS, MOST_BYTES, Set.of())
            .run(
                r -> line(r).getBytes(StandardCharsets.US_ASCII),
                bytes -> check(new String(bytes, StandardCharsets.US_ASCII)));
    assertThat(outcome.read()).isGreaterThanOrEqualTo(1);
  }

  // "fast 2 threads: Conv2d n=1 in=33x7x7 ..."
  private static String line(SplittableRandom r) {
    String kernel = KERNELS.get(r.nextInt(KERNELS.size()));
    int kernelH = Integer.parseInt(kernel.substring(0, 1));
    int kernelW = Integer.parseInt(kernel.substring(2));
    int padH = r.nextInt(kernelH);
    int padW = r.nextInt(kernelW);
    int batch = 1 + r.nextInt(3);
    return String.format(
        "%s %d Conv2d n=%d in=%dx%dx%d out=%d kernel=%s pad=%dx%d%s",
        ways().get(r.nextInt(ways().size())),
        1 + r.nextInt(3),
        batch,
        r.nextInt(17, 80),
        r.nextInt(Math.max(1, kernelH - 2 * padH), 13),
        r.nextInt(Math.max(1, kernelW - 2 * padW), 13),
        r.nextInt(17, 80),
        kernel,
        padH,
        padW,
        r.nextBoolean() ? " bias" : "");
  }

  private static List<Way> ways() {
    List<Way> ways = new ArrayList<>(List.of(Way.F32_FAST));
    if (new OneDnnBackend().supports(Precision.BF16)) {
      ways.addAll(List.of(Way.BF16_AUTO, Way.BF16_FAST));
    }
    return ways;
  }

  private static void check(String line) {
    String[] parts = line.split(" ", 3);
    Way way = Way.valueOf(parts[0]);
    OneConvolution c = OneConvolution.of(parts[2]);
    assertThat(
            FastConvolutionTest.wrong(
                c,
                c.answer(),
                way,
                c.values(
                    c.options(way.precision, Integer.parseInt(parts[1]))
                        .convolving(way.algorithm))))
        .as(line)
        .isEmpty();
  }
}
