package dev.fovea.onednn;

import dev.fovea.NeedsBf16;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.onednn.ConvolutionErrorBound.Products;
import dev.fovea.program.BackendConformance;
import dev.fovea.program.BackendConformance.Subject;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Frozen;
import dev.fovea.program.Precision;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fast convolutions in every form in which they are fused, placed or partly left out, against the
 * float64 interpreter, in both precisions and with either use of memory.
 */
class ConvolutionFormsTest {
  private static final int BATCH = 3;

  // No less than any fast convolution of these networks reads.
  private static final int CHANNELS = 128;

  static Stream<Subject> forms() {
    return Stream.concat(
        ConvolutionForms.all().stream().map(g -> subject(g, "nothing", p -> false)), frozen());
  }

  // What saving memory changes: norms are computed again.
  static Stream<Subject> formsWithNorms() {
    return forms().filter(s -> isNormed(s.graph()));
  }

  private static boolean isNormed(Graph g) {
    return g.nodes().stream().filter(n -> n.op() instanceof Op.BatchNorm).count() > 1;
  }

  private static Stream<Subject> frozen() {
    List<Graph> all = ConvolutionForms.all();
    return Stream.of("residual with norm and relu", "concatenation, norms", "residual with relu")
        .map(name -> all.stream().filter(g -> g.name().equals(name)).findFirst().orElseThrow())
        .flatMap(
            g ->
                Stream.of(
                    subject(g, "all weights", p -> p.role() == ParamSpec.Role.WEIGHT),
                    subject(g, "all but weights", p -> p.role() != ParamSpec.Role.WEIGHT),
                    subject(g, "stem and first half", p -> p.name().matches("(stem|a)\\b.*"))));
  }

  private static Subject subject(Graph g, String what, Predicate<ParamSpec> frozen) {
    Set<String> names =
        g.params().stream()
            .filter(p -> p.role().trainable())
            .filter(frozen)
            .map(ParamSpec::name)
            .collect(Collectors.toSet());
    return new Subject(
        g.name() + ", frozen: " + what,
        g,
        BATCH,
        new SoftmaxCrossEntropy(0.1),
        new Frozen(names, false));
  }

  private static double error(Products products) {
    return Stream.of(Window.square(3), Window.square(5), Window.of(1, 7))
        .mapToDouble(w -> new ConvolutionErrorBound(w, products).values(CHANNELS))
        .max()
        .orElseThrow();
  }

  private static void check(Subject s, Precision precision, Memory memory, int threads) {
    Products products =
        precision == Precision.BF16 ? Products.WINOGRAD_BF16 : Products.WINOGRAD_F32;
    new BackendConformance(new OneDnnBackend(), precision, memory)
        .convolving(ConvolutionAlgorithm.FAST, error(products))
        .on(threads)
        .check(s);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void everyFormAgreesInBinary32(Subject s) {
    check(s, Precision.F32, Memory.NORMAL, 2);
  }

  @ParameterizedTest
  @MethodSource("formsWithNorms")
  void everyFormWithNormsAgreesInBinary32WhenItSavesMemory(Subject s) {
    check(s, Precision.F32, Memory.LOW, 1);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("forms")
  void everyFormAgreesInBfloat16WithTheAlgorithmsChosen(Subject s) {
    new BackendConformance(new OneDnnBackend(), Precision.BF16, Memory.NORMAL).on(1).check(s);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("forms")
  void everyFormAgreesInBfloat16WithProductsOfBfloat16(Subject s) {
    check(s, Precision.BF16, Memory.NORMAL, 1);
  }
}
