package dev.fovea.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static dev.fovea.architecture.Layers.may;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.fovea.architecture.LayeredModule;
import dev.fovea.architecture.Layers;
import org.junit.jupiter.api.Test;

/** The shape of module spark: which of its packages may use which. */
class ArchitectureTest implements LayeredModule {
  /** Each package in reading order, with those that it may use, which all come before it. */
  private static final Layers LAYERS =
      Layers.of(
          "dev.fovea.spark",
          may("image"),
          may("model"),
          may("scoring", "image", "model"),
          may("training", "image", "model"),
          may("", "image", "model", "scoring", "training"));

  private static final JavaClasses SPARK = LAYERS.classes();

  @Override
  public Layers layers() {
    return LAYERS;
  }

  @Override
  public int classesAtLeast() {
    return 25;
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
}
