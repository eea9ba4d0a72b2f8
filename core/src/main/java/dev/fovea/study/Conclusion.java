package dev.fovea.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a study measured.
 *
 * @param measured a value for each of the study's criteria, by its name
 * @param plots the images that the paper would show, the most telling first
 * @param grids tables of numbers
 * @param notes what a reader should know before believing it, one sentence or two each
 */
public record Conclusion(
    Map<String, Double> measured, List<Plot> plots, List<Grid> grids, List<String> notes) {
  /** Copies everything. */
  public Conclusion {
    measured = Map.copyOf(new LinkedHashMap<>(measured));
    plots = List.copyOf(plots);
    grids = List.copyOf(grids);
    notes = List.copyOf(notes);
  }

  /** This with one more note. */
  Conclusion noting(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new Conclusion(measured, plots, grids, more);
  }

  /** The criteria with their values, in the order of the rule; a value that is missing is a bug. */
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
}
