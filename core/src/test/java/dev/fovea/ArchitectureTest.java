package dev.fovea;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.ObjectInputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/**
 * The architecture of module core: which packages each package may use, and what no class may do.
 */
class ArchitectureTest {
  /** Raised as the project grows, so that no rule below passes vacuously. */
  private static final int CLASSES_AT_LEAST = 800;

  /** Each package in reading order, with the packages that it may use, which all come before it. */
  private static final List<Arrows> ARROWS =
      List.of(
          may("api"),
          may("tensor", "api"),
          may("data"),
          may("data.image", "api", "tensor"),
          may("data.webp", "data.image"),
          may("data.jpeg", "data.image"),
          may("data.decode", "data.image", "data.webp", "data.jpeg"),
          may("data.encode", "data.image"),
          may("data.augment", "api", "tensor", "data.image"),
          may("data.archive", "data.image", "data.decode"),
          may("data.source", "tensor", "data.image", "data.decode", "data.archive"),
          may("data.loader", "tensor", "data.image", "data.augment", "data.source"),
          may(
              "data.inspect",
              "tensor",
              "data.image",
              "data.decode",
              "data.augment",
              "data.archive",
              "data.source",
              "data.loader"),
          may("graph", "api", "tensor"),
          may("models", "api", "tensor", "graph"),
          may("analysis", "tensor", "graph"),
          may("autodiff", "graph"),
          may("passes", "tensor", "graph"),
          may("program", "api", "tensor", "graph", "autodiff", "passes"),
          may("reference", "tensor", "graph", "autodiff", "program"),
          may("x86"),
          may("convolution", "x86"),
          may("normalization", "tensor", "x86"),
          may("onednn.binding", "api", "tensor"),
          may(
              "onednn",
              "tensor",
              "graph",
              "autodiff",
              "program",
              "x86",
              "convolution",
              "normalization",
              "onednn.binding"),
          may("collective"),
          may("collective.ring", "collective"),
          may("optim", "api", "tensor", "graph", "program"),
          may("checkpoint", "api", "tensor", "data.image", "graph", "models", "passes", "program"),
          may(
              "pack",
              "tensor",
              "data.image",
              "data.decode",
              "data.encode",
              "data.source",
              "checkpoint"),
          may(
              "eval",
              "api",
              "tensor",
              "data.image",
              "data.decode",
              "data.source",
              "data.loader",
              "graph",
              "program",
              "checkpoint"),
          may("logistic", "eval"),
          may(
              "quantization",
              "tensor",
              "data.image",
              "data.source",
              "data.loader",
              "graph",
              "passes",
              "program"),
          may(
              "explanation",
              "api",
              "tensor",
              "data.image",
              "graph",
              "passes",
              "program",
              "checkpoint",
              "eval"),
          may(
              "train",
              "api",
              "tensor",
              "data.image",
              "data.decode",
              "data.augment",
              "data.archive",
              "data.source",
              "data.loader",
              "graph",
              "models",
              "passes",
              "autodiff",
              "program",
              "collective",
              "optim",
              "checkpoint",
              "eval"),
          may(
              "study",
              "tensor",
              "data.image",
              "data.source",
              "graph",
              "program",
              "optim",
              "checkpoint",
              "train"),
          may(
              "study.claims",
              "tensor",
              "data.image",
              "data.source",
              "data.loader",
              "graph",
              "models",
              "passes",
              "autodiff",
              "program",
              "reference",
              "optim",
              "checkpoint",
              "eval",
              "logistic",
              "explanation",
              "train",
              "study"),
          may(
              "study.ledger",
              "tensor",
              "data.image",
              "graph",
              "models",
              "analysis",
              "checkpoint",
              "study",
              "study.claims"),
          may("interop", "api", "tensor", "data.image", "graph", "models", "program", "checkpoint"),
          may("onnx", "api", "tensor"),
          may(
              "onnx.exporter",
              "tensor",
              "data.image",
              "graph",
              "passes",
              "program",
              "checkpoint",
              "onnx"),
          may(
              "onnx.importer",
              "tensor",
              "data.image",
              "graph",
              "models",
              "program",
              "checkpoint",
              "onnx"),
          may(
              "finetune",
              "tensor",
              "data.image",
              "data.source",
              "data.loader",
              "data.inspect",
              "graph",
              "models",
              "program",
              "optim",
              "checkpoint",
              "eval",
              "logistic",
              "train",
              "interop",
              "onnx",
              "onnx.importer"),
          may(
              "",
              "api",
              "tensor",
              "data.image",
              "data.decode",
              "data.augment",
              "data.source",
              "data.inspect",
              "graph",
              "models",
              "program",
              "onednn",
              "optim",
              "checkpoint",
              "eval",
              "explanation",
              "train",
              "interop",
              "onnx",
              "onnx.importer",
              "finetune"));

  // Matches Base and Common alone, and BaseThing.
  private static final String DRAWER = "(.*[.$](Base|Default)([A-Z][^.$]*)?|.*[.]Common)";

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("dev.fovea");

  private record Arrows(String from, Set<String> to) {}

  /** The package's full name; the empty one is the door for programs, below all others. */
  private static String full(String name) {
    return name.isEmpty() ? "dev.fovea" : "dev.fovea." + name;
  }

  private static Arrows may(String from, String... to) {
    return new Arrows(from, new TreeSet<>(List.of(to)));
  }

  @Test
  void theRulesSeeTheWholeModule() {
    assertThat(CORE.size()).isGreaterThanOrEqualTo(CLASSES_AT_LEAST);
  }

  @Test
  void everyPackageHasItsPlaceInTheReadingOrder() {
    assertThat(packages())
        .extracting(JavaPackage::getName)
        .isSubsetOf(ARROWS.stream().map(a -> full(a.from)).toList());
  }

  @Test
  void theListItselfPointsOnlyUpwards() {
    Set<String> above = new TreeSet<>();
    for (Arrows arrows : ARROWS) {
      assertThat(above).as("above " + arrows.from).containsAll(arrows.to);
      above.add(arrows.from);
    }
  }

  @Test
  void packagesUseOnlyThoseAboveThem() {
    for (Arrows arrows : ARROWS) {
      List<String> allowed = new ArrayList<>(List.of(full(arrows.from)));
      arrows.to.forEach(p -> allowed.add(full(p)));
      noClasses()
          .that()
          .resideInAPackage(full(arrows.from))
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.fovea..")
                  .and(not(resideInAnyPackage(allowed.toArray(String[]::new)))))
          .as("package " + arrows.from + " uses only " + arrows.to)
          .allowEmptyShould(true)
          .check(CORE);
    }
  }

  @Test
  void everyPermissionIsUsed() {
    List<String> unused = new ArrayList<>();
    for (Arrows arrows : ARROWS) {
      for (String to : arrows.to) {
        boolean used =
            CORE.stream()
                .filter(c -> c.getPackageName().equals(full(arrows.from)))
                .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
                .anyMatch(d -> d.getTargetClass().getPackageName().equals(full(to)));
        if (!used) {
          unused.add(arrows.from + " -> " + to);
        }
      }
    }
    assertThat(unused).isEmpty();
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("dev.fovea.(**)").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void onlyTheBindingTouchesNativeLibraries() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.fovea.onednn.binding")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "com.sun.jna..")
        .check(CORE);
  }

  @Test
  void onlyTheApplicationPrintsExitsAndReadsTheEnvironment() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .accessField(System.class, "in")
        .orShould()
        .callMethodWhere(
            callTo("java.lang.System", "exit", "getenv", "getProperty", "setProperty")
                .or(callTo("java.lang.Runtime", "exit", "halt"))
                .or(callTo("java.lang.Integer", "getInteger"))
                .or(callTo("java.lang.Long", "getLong"))
                .or(callTo("java.lang.Boolean", "getBoolean"))
                .or(callTo("java.lang.Throwable", "printStackTrace")))
        .check(CORE);
  }

  @Test
  void noClassIsADrawer() {
    noClasses()
        .should()
        .haveSimpleNameContaining("Util")
        .orShould()
        .haveSimpleNameContaining("Helper")
        .orShould()
        .haveSimpleNameContaining("Manager")
        .orShould()
        .haveSimpleNameStartingWith("Abstract")
        .orShould()
        .haveNameMatching(DRAWER)
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .check(CORE);
  }

  @Test
  void aDrawerIsKnownByItsName() {
    for (String name : List.of("a.Base", "a.BaseThing", "a.B$DefaultThing", "a.Common")) {
      assertThat(name).matches(DRAWER);
    }
    for (String name : List.of("a.Database", "a.Stage$Common", "a.Basement")) {
      assertThat(name).doesNotMatch(DRAWER);
    }
  }

  @Test
  void nothingIsReadByJavaSerialization() {
    noClasses().should().dependOnClassesThat().areAssignableTo(ObjectInputStream.class).check(CORE);
  }

  @Test
  void noBareRuntimeExceptionIsThrown() {
    noClasses()
        .should()
        .callConstructorWhere(
            describe(
                "makes a RuntimeException, Exception or UnsupportedOperationException",
                call ->
                    isThrownAs(call.getTargetOwner())
                        && !call.getOrigin().getName().equals("<init>")))
        .check(CORE);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(packages()).allMatch(p -> p.isAnnotatedWith(NullMarked.class));
  }

  private static boolean isThrownAs(JavaClass type) {
    return type.isEquivalentTo(RuntimeException.class)
        || type.isEquivalentTo(Exception.class)
        || type.isEquivalentTo(UnsupportedOperationException.class);
  }

  private static DescribedPredicate<JavaMethodCall> callTo(String owner, String... methods) {
    return describe(
        "calls " + owner + "." + String.join("/", methods),
        call ->
            call.getTargetOwner().getName().equals(owner)
                && List.of(methods).contains(call.getTarget().getName()));
  }

  private static Collection<JavaPackage> packages() {
    return CORE.stream().map(JavaClass::getPackage).distinct().toList();
  }
}
