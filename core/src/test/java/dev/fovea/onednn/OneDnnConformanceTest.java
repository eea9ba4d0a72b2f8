package dev.fovea.onednn;

import dev.fovea.NeedsBf16;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.program.BackendConformance;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every case of {@code ops.txt} on oneDNN against the float64 interpreter. */
class OneDnnConformanceTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  static Stream<OpCase> networks() {
    return OpCases.all().stream().filter(c -> !c.isOperation() || c.kind().startsWith("BatchNorm"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesInBinary32(OpCase c) {
    new BackendConformance(BACKEND, Precision.F32, Memory.NORMAL).check(c);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("cases")
  void agreesInBfloat16(OpCase c) {
    new BackendConformance(BACKEND, Precision.BF16, Memory.NORMAL).check(c);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void agreesInBinary32WhenItSavesMemory(OpCase c) {
    new BackendConformance(BACKEND, Precision.F32, Memory.LOW).check(c);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("networks")
  void agreesInBfloat16WhenItSavesMemory(OpCase c) {
    new BackendConformance(BACKEND, Precision.BF16, Memory.LOW).check(c);
  }
}
