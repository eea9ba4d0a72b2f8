package dev.fovea.onednn;

import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.program.BackendConformance;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every case of {@code ops.txt} on oneDNN against the float64 interpreter; in bfloat16 only where
 * the CPU has it.
 */
class OneDnnConformanceTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  static Stream<OpCase> networks() {
    return OpCases.all().stream().filter(c -> !c.isOperation() || c.kind().startsWith("BatchNorm"));
  }

  static Stream<OpCase> bfloat16Cases() {
    return BACKEND.supports(Precision.BF16) ? cases() : Stream.empty();
  }

  static Stream<OpCase> bfloat16Networks() {
    return BACKEND.supports(Precision.BF16) ? networks() : Stream.empty();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesInBinary32(OpCase c) {
    new BackendConformance(BACKEND, Precision.F32, Memory.NORMAL).check(c);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("bfloat16Cases")
  void agreesInBfloat16(OpCase c) {
    new BackendConformance(BACKEND, Precision.BF16, Memory.NORMAL).check(c);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void agreesInBinary32WhenItSavesMemory(OpCase c) {
    new BackendConformance(BACKEND, Precision.F32, Memory.LOW).check(c);
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("bfloat16Networks")
  void agreesInBfloat16WhenItSavesMemory(OpCase c) {
    new BackendConformance(BACKEND, Precision.BF16, Memory.LOW).check(c);
  }
}
