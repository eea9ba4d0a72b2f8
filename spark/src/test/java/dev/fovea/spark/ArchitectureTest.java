package dev.fovea.spark;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The shape of module spark: which of its packages may use which. */
class ArchitectureTest {
  /** Raised as the project grows, so that no rule below can pass on nothing. */
  private static final int CLASSES_AT_LEAST = 25;

  /**
   * Each package in reading order, and those of this module that it may use. Arrows point only
   * upwards, so that there is no cycle.
   */
  private static final List<Arrows> ARROWS =
      List.of(
          may("dev.fovea.spark.image"),
          may("dev.fovea.spark.model"),
          may("dev.fovea.spark.scoring", "dev.fovea.spark.image", "dev.fovea.spark.model"),
          may("dev.fovea.spark.training", "dev.fovea.spark.image", "dev.fovea.spark.model"),
          may(
              "dev.fovea.spark",
              "dev.fovea.spark.image",
              "dev.fovea.spark.model",
              "dev.fovea.spark.scoring",
              "dev.fovea.spark.training"));

  private static final JavaClasses SPARK =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("dev.fovea.spark");

  private record Arrows(String from, Set<String> to) {}

  private static Arrows may(String from, String... to) {
    return new Arrows(from, new TreeSet<>(List.of(to)));
  }

  @Test
  void theRulesSeeTheWholeModule() {
    assertThat(SPARK.size()).isGreaterThanOrEqualTo(CLASSES_AT_LEAST);
  }

  @Test
  void everyPackageHasItsPlaceInTheReadingOrder() {
    assertThat(packages())
        .extracting(JavaPackage::getName)
        .containsExactlyInAnyOrderElementsOf(ARROWS.stream().map(Arrows::from).toList());
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
      List<String> allowed = new ArrayList<>(arrows.to);
      allowed.add(arrows.from);
      noClasses()
          .that()
          .resideInAPackage(arrows.from)
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.fovea.spark..")
                  .and(not(resideInAnyPackage(allowed.toArray(String[]::new)))))
          .as("package " + arrows.from + " uses only " + arrows.to)
          .check(SPARK);
    }
  }

  @Test
  void everyPermissionIsUsed() {
    List<String> unused = new ArrayList<>();
    for (Arrows arrows : ARROWS) {
      for (String to : arrows.to) {
        boolean used =
            SPARK.stream()
                .filter(c -> c.getPackageName().equals(arrows.from))
                .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
                .anyMatch(d -> d.getTargetClass().getPackageName().equals(to));
        if (!used) {
          unused.add(arrows.from + " -> " + to);
        }
      }
    }
    assertThat(unused).isEmpty();
  }

  @Test
  void onlyTheLibraryTouchesTheEngine() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "com.sun.jna..")
        .check(SPARK);
  }

  @Test
  void nothingPrintsOrExits() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .check(SPARK);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(packages()).allMatch(p -> p.isAnnotatedWith(NullMarked.class));
  }

  private static Collection<JavaPackage> packages() {
    return SPARK.stream().map(JavaClass::getPackage).distinct().toList();
  }
}
