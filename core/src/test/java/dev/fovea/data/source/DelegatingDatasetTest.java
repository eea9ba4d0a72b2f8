package dev.fovea.data.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A data set that holds another one must say what that one says: a default method that it inherits
 * answers for neither.
 */
class DelegatingDatasetTest {
  @Test
  void everyDataSetThatHoldsAnotherOverridesEveryDefaultMethod() throws Exception {
    Set<String> inherited = new TreeSet<>();
    Set<String> delegating = new TreeSet<>();
    for (Class<?> type : datasets()) {
      if (Arrays.stream(type.getDeclaredFields())
          .noneMatch(
              f ->
                  !Modifier.isStatic(f.getModifiers())
                      && Dataset.class.isAssignableFrom(f.getType()))) {
        continue;
      }
      delegating.add(type.getSimpleName());
      for (Method method : Dataset.class.getMethods()) {
        if (method.isDefault()
            && type.getMethod(method.getName(), method.getParameterTypes())
                .getDeclaringClass()
                .isInterface()) {
          inherited.add(type.getSimpleName() + "." + method.getName());
        }
      }
    }
    assertThat(inherited).isEmpty();
    assertThat(delegating).contains("EvenSubset", "ForwardingDataset", "Subset");
  }

  private static List<Class<?>> datasets() throws ClassNotFoundException {
    List<Class<?>> found = new ArrayList<>();
    for (JavaClass type :
        new ClassFileImporter()
            .importUrl(Dataset.class.getProtectionDomain().getCodeSource().getLocation())) {
      if (type.isAssignableTo(Dataset.class) && !type.isInterface()) {
        found.add(Class.forName(type.getName(), false, Dataset.class.getClassLoader()));
      }
    }
    return found;
  }

  @Test
  void selectionsKeepWhatIsUnreadableByTheirOwnNumbers() {
    Dataset four = new Four();
    assertThat(new Subset(four, new int[] {3, 1, 2}, "three").bad())
        .containsExactly(new BadImage(0, "3.png", "cut"), new BadImage(1, "1.png", "cut"));
    assertThat(new EvenSubset(four, 2).bad()).isEmpty();
    assertThat(new EvenSubset(four, 4).bad()).isEqualTo(four.bad());
  }

  @Test
  void aSelectionHasTheSameFingerprintWhetherItOwnsTheSetOrNot() {
    Dataset four = new Four();
    assertThat(new EvenSubset(four, 2).fingerprint())
        .isEqualTo(EvenSubset.owning(four, 2).fingerprint())
        .isNotEqualTo(four.fingerprint());
  }

  @Test
  void aSetWithOtherClassesKeepsWhatPeopleCallThem() {
    assertThat(ReindexedDataset.of(new Four(), List.of("n0", "n1", "n2")).displayNames())
        .containsExactly("n0", "cat", "dog");
  }

  /** Four images, of which those with odd numbers are unreadable. */
  private static final class Four implements Dataset {
    @Override
    public String description() {
      return "four";
    }

    @Override
    public List<String> classes() {
      return List.of("n1", "n2");
    }

    @Override
    public List<String> displayNames() {
      return List.of("cat", "dog");
    }

    @Override
    public int size() {
      return 4;
    }

    @Override
    public int label(int i) {
      return i / 2;
    }

    @Override
    public String name(int i) {
      return i + ".png";
    }

    @Override
    public long bytes(int i) {
      return 1;
    }

    @Override
    public Optional<byte[]> encoded(int i) {
      return Optional.empty();
    }

    @Override
    public List<BadImage> bad() {
      return List.of(new BadImage(1, "1.png", "cut"), new BadImage(3, "3.png", "cut"));
    }

    @Override
    public Image image(int i) {
      throw new DataException("not asked for");
    }

    @Override
    public void close() {}
  }
}
