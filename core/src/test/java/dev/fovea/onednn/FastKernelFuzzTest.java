package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.Fuzz;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The machine code of fast convolutions with random shapes, formats, plans and teams, every operand
 * between guarding pages. If the process ends on one of them, {@code target/fuzz} holds the line of
 * the kernel that ran.
 */
class FastKernelFuzzTest {
  private static final int ROUNDS = 250;
  private static final long MOST_BYTES = 1L << 28;
  private static final Path CURRENT = Path.of("target", "fuzz", "fast-kernel.txt");

  @Test
  void randomKernelsAreRightAndStayInsideTheirOperands() throws IOException {
    Files.createDirectories(CURRENT.toAbsolutePath().getParent());
    Fuzz.Outcome outcome =
        Fuzz.of("fast kernels", ROUNDS, MOST_BYTES, Set.of())
            .run(
                r -> ByteBuffer.allocate(Long.BYTES).putLong(r.nextLong()).array(),
                bytes -> {
                  long seed = ByteBuffer.wrap(bytes).getLong();
                  FastKernel kernel = FastKernel.random(new SplittableRandom(seed));
                  Files.writeString(CURRENT, kernel.toString());
                  assertThat(kernel.run()).as(kernel.toString()).isEmpty();
                });
    assertThat(outcome.read()).isGreaterThanOrEqualTo(1);
  }
}
