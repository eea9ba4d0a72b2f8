package dev.fovea.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The results of a study.
 *
 * @param measured a value for each criterion of the study, by name
 * @param plots the figures that the paper would show, most important first
 * @param grids tables of numbers
 * @param notes caveats for the reader, one or two sentences each
 * @param answers one for each of the study's secondary questions, in order
 */
public record Conclusion(
    Map<String, Double> measured,
    List<Plot> plots,
    List<Grid> grids,
    List<String> notes,
    List<String> answers) {
  /** The results of a study without secondary questions. */
  public Conclusion(
      Map<String, Double> measured, List<Plot> plots, List<Grid> grids, List<String> notes) {
    this(measured, plots, grids, notes, List.of());
  }

  /** Copies everything. */
  public Conclusion {
    measured = Map.copyOf(new LinkedHashMap<>(measured));
    plots = List.copyOf(plots);
    grids = List.copyOf(grids);
    notes = List.copyOf(notes);
    answers = List.copyOf(answers);
  }

  /** Returns a copy with one more note. */
  Conclusion withNote(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new Conclusion(measured, plots, grids, more, answers);
  }

  /** Returns the criteria with their values, in order; a missing value is a bug in the study. */
  public List<Finding> findings(List<Criterion> criteria) {
    return criteria.stream()
        .map(
            c -> {
              Double value = measured.get(c.name());
              if (value == null) {
                throw new IllegalStateException(
                    "the study gave no value for its criterion '" + c.name() + "'");
              }
              return new Finding(c, value);
            })
        .toList();
  }

  /** Returns the answers to these questions, in order; a missing one is a bug in the study. */
  public List<String> answers(List<Question> questions) {
    if (answers.size() != questions.size()) {
      throw new IllegalStateException(
          "the study gave "
              + answers.size()
              + " answers to its "
              + questions.size()
              + " secondary questions");
    }
    return answers;
  }
}
