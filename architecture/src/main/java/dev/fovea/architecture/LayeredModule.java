package dev.fovea.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaPackage;
import dev.fovea.architecture.Layers.Arrows;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What holds for the packages of every module. */
public interface LayeredModule {

  /** The packages of the module, with their arrows. */
  Layers layers();

  /** How many classes it has at least; raised as it grows, so that no rule can pass on nothing. */
  int classesAtLeast();

  @Test
  default void theRulesSeeTheWholeModule() {
    assertThat(layers().classes().size()).isGreaterThanOrEqualTo(classesAtLeast());
  }

  @Test
  default void everyPackageHasItsPlaceInTheReadingOrder() {
    assertThat(layers().packages())
        .extracting(JavaPackage::getName)
        .containsExactlyInAnyOrderElementsOf(
            layers().arrows().stream().map(a -> layers().full(a.from())).toList());
  }

  @Test
  default void theListItselfPointsOnlyUpwards() {
    Set<String> above = new TreeSet<>();
    for (Arrows arrows : layers().arrows()) {
      assertThat(above).as("above " + arrows.from()).containsAll(arrows.to());
      above.add(arrows.from());
    }
  }

  @Test
  default void packagesUseOnlyThoseAboveThem() {
    for (Arrows arrows : layers().arrows()) {
      String from = layers().full(arrows.from());
      List<String> allowed = new ArrayList<>(List.of(from));
      arrows.to().forEach(to -> allowed.add(layers().full(to)));
      noClasses()
          .that()
          .resideInAPackage(from)
          .should()
          .dependOnClassesThat(
              resideInAPackage(layers().root() + "..")
                  .and(not(resideInAnyPackage(allowed.toArray(String[]::new)))))
          .as("package " + from + " uses only " + arrows.to())
          .check(layers().classes());
    }
  }

  @Test
  default void everyPermissionIsUsed() {
    List<String> unused = new ArrayList<>();
    for (Arrows arrows : layers().arrows()) {
      for (String to : arrows.to()) {
        boolean used =
            layers().classes().stream()
                .filter(c -> c.getPackageName().equals(layers().full(arrows.from())))
                .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
                .anyMatch(d -> d.getTargetClass().getPackageName().equals(layers().full(to)));
        if (!used) {
          unused.add(arrows.from() + " -> " + to);
        }
      }
    }
    assertThat(unused).isEmpty();
  }

  @Test
  default void everyPackageIsNullMarked() {
    assertThat(layers().packages()).allMatch(p -> p.isAnnotatedWith(NullMarked.class));
  }
}
