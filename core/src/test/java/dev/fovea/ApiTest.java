package dev.fovea;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.fovea.api.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What types that programs use may show: nothing that programs must not use. */
class ApiTest {
  private static final int MARKED_AT_LEAST = 40;

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("/test-classes/"))
          .importPackages("dev.fovea");

  @Test
  void theRulesSeeTheMarks() {
    assertThat(CORE.stream().filter(ApiTest::isMarked).count())
        .isGreaterThanOrEqualTo(MARKED_AT_LEAST);
  }

  @Test
  void markedTypesShowOnlyMarkedTypesAndTypesOfTheJdk() {
    Set<String> shown = new TreeSet<>();
    for (JavaClass type : CORE) {
      if (isMarked(type) && isPublic(type)) {
        for (JavaType seen : signatures(type)) {
          for (JavaClass used : seen.getAllInvolvedRawTypes()) {
            JavaClass element = used.getBaseComponentType();
            if (element.getPackageName().startsWith("dev.fovea") && !isMarked(element)) {
              shown.add(type.getName() + " shows " + element.getName());
            } else if (!element.getPackageName().startsWith("dev.fovea") && !isOfJdk(element)) {
              shown.add(type.getName() + " shows " + element.getName());
            }
          }
        }
      }
    }
    assertThat(shown).isEmpty();
  }

  @Test
  void everyPublicTypeOfTheDoorIsMarked() {
    assertThat(CORE)
        .filteredOn(c -> c.getPackageName().equals("dev.fovea") && isPublic(c))
        .allMatch(ApiTest::isMarked);
  }

  private static boolean isOfJdk(JavaClass type) {
    return type.isPrimitive() || type.getPackageName().startsWith("java.");
  }

  /** Whether a type or one that it is nested in is marked. */
  static boolean isMarked(JavaClass type) {
    if (type.isAnnotatedWith(Api.class) || type.getPackageName().equals("dev.fovea.api")) {
      return true;
    }
    Optional<JavaClass> outer = type.getEnclosingClass();
    return outer.isPresent() && isMarked(outer.get());
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC);
  }

  private static boolean isShown(Set<JavaModifier> modifiers) {
    return !modifiers.contains(JavaModifier.SYNTHETIC)
        && (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED));
  }

  private static List<JavaType> signatures(JavaClass type) {
    List<JavaType> all = new ArrayList<>();
    for (JavaCodeUnit unit : type.getCodeUnits()) {
      if (isShown(unit.getModifiers())) {
        all.add(unit.getReturnType());
        all.addAll(unit.getParameterTypes());
      }
    }
    type.getFields().stream()
        .filter(f -> isShown(f.getModifiers()))
        .forEach(f -> all.add(f.getType()));
    return all;
  }
}
