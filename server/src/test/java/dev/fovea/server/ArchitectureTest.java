package dev.fovea.server;

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

/** The shape of module server: which of its packages may use which. */
class ArchitectureTest {
  /** Raised as the project grows, so that no rule below can pass on nothing. */
  private static final int CLASSES_AT_LEAST = 100;

  /**
   * Each package in reading order, and those of this module that it may use. Arrows point only
   * upwards, so that there is no cycle.
   */
  private static final List<Arrows> ARROWS =
      List.of(
          may("dev.fovea.server.protocol"),
          may("dev.fovea.server.page"),
          may("dev.fovea.server.metrics"),
          may("dev.fovea.server.model", "dev.fovea.server.metrics"),
          may(
              "dev.fovea.server.http",
              "dev.fovea.server.protocol",
              "dev.fovea.server.page",
              "dev.fovea.server.metrics",
              "dev.fovea.server.model"),
          may(
              "dev.fovea.server",
              "dev.fovea.server.protocol",
              "dev.fovea.server.metrics",
              "dev.fovea.server.model",
              "dev.fovea.server.http"));

  private static final JavaClasses SERVER =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("dev.fovea.server");

  private record Arrows(String from, Set<String> to) {}

  private static Arrows may(String from, String... to) {
    return new Arrows(from, new TreeSet<>(List.of(to)));
  }

  @Test
  void theRulesSeeTheWholeModule() {
    assertThat(SERVER.size()).isGreaterThanOrEqualTo(CLASSES_AT_LEAST);
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
              resideInAPackage("dev.fovea.server..")
                  .and(not(resideInAnyPackage(allowed.toArray(String[]::new)))))
          .as("package " + arrows.from + " uses only " + arrows.to)
          .check(SERVER);
    }
  }

  @Test
  void everyPermissionIsUsed() {
    List<String> unused = new ArrayList<>();
    for (Arrows arrows : ARROWS) {
      for (String to : arrows.to) {
        boolean used =
            SERVER.stream()
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
        .check(SERVER);
  }

  @Test
  void theServerOpensNoConnection() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.Socket")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.net.http..")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jetty.client..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("org.eclipse.jetty.io.ClientConnector")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.channels.SocketChannel")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.nio.channels.AsynchronousSocketChannel")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.DatagramSocket")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.URL")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.URLConnection")
        .as("no request makes the server ask another machine")
        .check(SERVER);
  }

  @Test
  void onlyHttpKnowsJetty() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.fovea.server.http")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.eclipse.jetty..")
        .check(SERVER);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(packages()).allMatch(p -> p.isAnnotatedWith(NullMarked.class));
  }

  private static Collection<JavaPackage> packages() {
    return SERVER.stream().map(JavaClass::getPackage).distinct().toList();
  }
}
