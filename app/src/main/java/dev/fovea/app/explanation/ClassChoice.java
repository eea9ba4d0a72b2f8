package dev.fovea.app.explanation;

import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.UsageException;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Finds the class that a user means: by its name, by its name in another case, by one of several
 * names that commas separate ({@code tabby, tabby cat}), or by its index. A name comes before an
 * index, because classes may be named by digits.
 */
public final class ClassChoice {
  private static final int LISTED = 12;

  private final List<String> classes;

  /** A choice among the classes of a model, in their order. */
  public ClassChoice(List<String> classes) {
    this.classes = List.copyOf(classes);
  }

  /**
   * The index of the class.
   *
   * @param where what the user would correct, for example a flag
   * @throws UsageException if there is none, or several
   */
  public int index(String where, String wanted) {
    OptionalInt exact = only(where, wanted, name -> name.equals(wanted));
    if (exact.isPresent()) {
      return exact.getAsInt();
    }
    String plain = plain(wanted);
    OptionalInt near = only(where, wanted, name -> plain(name).equals(plain));
    if (near.isPresent()) {
      return near.getAsInt();
    }
    OptionalInt part = only(where, wanted, name -> parts(name).contains(plain));
    if (part.isPresent()) {
      return part.getAsInt();
    }
    if (wanted.strip().matches("[0-9]{1,9}")) {
      int index = Integer.parseInt(wanted.strip());
      if (index < classes.size()) {
        return index;
      }
      throw new UsageException(
          where
              + " is "
              + index
              + "; the model has "
              + Decimals.count(classes.size(), "class")
              + ", 0 to "
              + (classes.size() - 1));
    }
    throw new UsageException(
        where + " is '" + wanted + "', which is no class of the model." + advice(wanted));
  }

  private interface Likeness {
    boolean to(String name);
  }

  private OptionalInt only(String where, String wanted, Likeness likeness) {
    List<Integer> found =
        IntStream.range(0, classes.size())
            .filter(i -> likeness.to(classes.get(i)))
            .boxed()
            .toList();
    if (found.size() > 1) {
      throw new UsageException(
          where
              + " is '"
              + wanted
              + "', which "
              + found.size()
              + " classes are called; name one by its index: "
              + String.join(
                  ", ", found.stream().limit(LISTED).map(i -> i + " " + classes.get(i)).toList()));
    }
    return found.isEmpty() ? OptionalInt.empty() : OptionalInt.of(found.get(0));
  }

  private String advice(String wanted) {
    List<String> names = new ArrayList<>(classes);
    classes.forEach(c -> names.addAll(c.contains(",") ? parts(c) : List.of()));
    String question = Nearest.question(wanted, names);
    if (!question.isEmpty()) {
      return question;
    }
    return classes.size() <= LISTED
        ? " It has " + String.join(", ", classes) + "."
        : " It has "
            + classes.size()
            + ", among them "
            + String.join(", ", classes.subList(0, LISTED))
            + "; an index is taken too.";
  }

  private static List<String> parts(String name) {
    return List.of(name.split(",")).stream().map(ClassChoice::plain).toList();
  }

  private static String plain(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replace('_', ' ').replace('-', ' ');
  }
}
