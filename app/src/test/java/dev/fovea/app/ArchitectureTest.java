package dev.fovea.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static dev.fovea.architecture.Layers.may;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.fovea.architecture.LayeredModule;
import dev.fovea.architecture.Layers;
import org.junit.jupiter.api.Test;

/** The shape of module app: which of its packages may use which. */
class ArchitectureTest implements LayeredModule {
  /** Each package in reading order, with those that it may use, which all come before it. */
  private static final Layers LAYERS =
      Layers.of(
          "dev.fovea.app",
          may("console"),
          may("machine"),
          may("option", "console"),
          may("report"),
          may("run", "console", "option", "report"),
          may("evaluation", "console", "report"),
          may("finetuning", "console", "option", "report", "run", "evaluation"),
          may("explanation", "console", "report"),
          may("summary", "console"),
          may("ledger", "console", "report"),
          may(
              "command",
              "console",
              "machine",
              "option",
              "report",
              "run",
              "evaluation",
              "finetuning",
              "explanation",
              "summary",
              "ledger"),
          may("", "console", "command"));

  private static final JavaClasses APP = LAYERS.classes();

  @Override
  public Layers layers() {
    return LAYERS;
  }

  @Override
  public int classesAtLeast() {
    return 110;
  }

  @Test
  void onlyTheLibraryTouchesTheEngine() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco..", "com.sun.jna..")
        .check(APP);
  }
}
