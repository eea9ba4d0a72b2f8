package dev.fovea.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The packages of a module in reading order, each with the packages of the module that it may use.
 *
 * @param root the package above all others; names of packages are relative to it, and empty for the
 *     root itself
 * @param arrows of each package; they point only upwards in this list, so that there is no cycle
 * @param classes of the module, without its tests
 */
public record Layers(String root, List<Arrows> arrows, JavaClasses classes) {

  /**
   * A package and those that it may use.
   *
   * @param from its name
   * @param to their names
   */
  public record Arrows(String from, Set<String> to) {}

  /** Reads the classes below a package. */
  public static Layers of(String root, Arrows... arrows) {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .withImportOption(location -> !location.contains("/dev/fovea/architecture/"))
            .importPackages(root);
    return new Layers(root, List.of(arrows), classes);
  }

  /** The arrows of one package. */
  public static Arrows may(String from, String... to) {
    return new Arrows(from, new TreeSet<>(List.of(to)));
  }

  /** The full name of a package. */
  String full(String name) {
    return name.isEmpty() ? root : root + "." + name;
  }

  /** The packages that hold classes. */
  Collection<JavaPackage> packages() {
    return classes.stream().map(JavaClass::getPackage).distinct().toList();
  }
}
