package dev.fovea.study.ledger;

import dev.fovea.checkpoint.CheckpointException;
import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import dev.fovea.study.Criterion;
import dev.fovea.study.Scale;
import dev.fovea.study.TrainedRun;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one finished run of a study found; a line of the file of results.
 *
 * @param data name of the images, without folders
 * @param date when the conclusion was drawn, as {@code 2026-11-27}
 * @param machine the processor; may be empty
 * @param epochs of each training run; 0 if every network was trained at its full length
 * @param fraction of the images that was used
 * @param seconds the run took
 * @param criteria all criteria of the study
 * @param networks the accuracies of the training runs; empty if they were not kept
 * @param notes caveats
 */
public record StudyRecord(
    String study,
    Scale scale,
    String data,
    String date,
    String machine,
    int threads,
    String precision,
    String convolution,
    int seeds,
    int epochs,
    double fraction,
    double seconds,
    List<Measured> criteria,
    List<Accuracies> networks,
    List<String> notes) {

  /**
   * A criterion with its limit at that time.
   *
   * @param measured NaN if the runs gave no value, or it was not kept
   */
  public record Measured(
      String name,
      Criterion.Bound bound,
      double limit,
      String unit,
      double measured,
      boolean holds) {

    /** Returns the values as a tree; without {@code measured} if there is none. */
    public Map<String, Object> toMap() {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("name", name);
      tree.put("bound", bound);
      tree.put("limit", limit);
      tree.put("unit", unit);
      if (Double.isFinite(measured)) {
        tree.put("measured", measured);
      }
      tree.put("holds", holds);
      return tree;
    }

    /**
     * Reads a tree as {@link #toMap} returns it; other keys are ignored.
     *
     * @throws IllegalArgumentException if a value is missing or of the wrong kind
     */
    public static Measured of(Map<?, ?> tree) {
      Object measured = tree.containsKey("measured") ? tree.get("measured") : (Object) Double.NaN;
      return new Measured(
          String.valueOf(required(tree, "name")),
          Criterion.Bound.valueOf(
              String.valueOf(required(tree, "bound")).toUpperCase(java.util.Locale.ROOT)),
          number(required(tree, "limit"), "limit"),
          String.valueOf(required(tree, "unit")),
          number(measured, "measured"),
          Boolean.parseBoolean(String.valueOf(required(tree, "holds"))));
    }

    private static Object required(Map<?, ?> tree, String key) {
      Object value = tree.get(key);
      if (value == null) {
        throw new IllegalArgumentException("the key '" + key + "' is missing");
      }
      return value;
    }

    private static double number(@Nullable Object value, String key) {
      if (value instanceof Number n) {
        return n.doubleValue();
      }
      throw new IllegalArgumentException("'" + key + "' is not a number");
    }
  }

  /** A network's top-1 accuracies in percent, one per seed; 0 where training diverged. */
  public record Accuracies(String network, List<Double> top1) {
    /** Copies the list. */
    public Accuracies {
      top1 = List.copyOf(top1);
    }
  }

  /** Checks the date and copies the lists. */
  public StudyRecord {
    try {
      LocalDate.parse(date);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("'" + date + "' is no date; write it as 2026-11-27", e);
    }
    criteria = List.copyOf(criteria);
    networks = List.copyOf(networks);
    notes = List.copyOf(notes);
  }

  /** Returns the record as one line of JSON. */
  public String toJson() {
    return JsonTree.compact(RecordTree.of(this));
  }

  /**
   * Reads a line that {@link #toJson} wrote.
   *
   * @param where names the line in messages
   * @throws CheckpointException if it cannot be read
   */
  public static StudyRecord parse(String line, String where) {
    return RecordTree.read(StudyRecord.class, JsonTree.parse(line, where), where);
  }

  /**
   * Reads the {@code result.json} of a finished study.
   *
   * @param where names the file in messages
   * @throws CheckpointException if it cannot be read
   */
  public static StudyRecord ofResult(String json, String where) {
    Map<String, Object> result = JsonTree.parse(json, where);
    if (!result.containsKey("finished")) {
      throw new CheckpointException(
          where
              + ": does not say when the study ended, because an earlier version wrote it; start"
              + " the study again in the same folder, which keeps its training runs");
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    for (String key : List.of("study", "scale", "precision", "convolution", "threads", "seconds")) {
      copy(result, key, tree);
    }
    copy(result, "machine", tree);
    copy(result, "criteria", tree);
    copy(result, "notes", tree);
    Path data = Path.of(String.valueOf(result.get("data"))).getFileName();
    tree.put("data", String.valueOf(data));
    tree.put("date", date(String.valueOf(result.get("finished")), where));
    if (result.get("plan") instanceof Map<?, ?> plan) {
      for (String key : List.of("seeds", "epochs", "fraction")) {
        Object value = plan.get(key);
        if (value != null) {
          tree.put(key, value);
        }
      }
    }
    tree.put("networks", networks(result.get("runs"), where));
    return RecordTree.read(StudyRecord.class, tree, where);
  }

  private static void copy(Map<String, Object> from, String key, Map<String, Object> to) {
    Object value = from.get(key);
    if (value != null) {
      to.put(key, value);
    }
  }

  private static String date(String finished, String where) {
    try {
      return OffsetDateTime.parse(finished).toLocalDate().toString();
    } catch (DateTimeParseException e) {
      throw new CheckpointException(where + ": 'finished' is no time: " + finished, e);
    }
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> networks(@Nullable Object runs, String where) {
    Map<String, List<Double>> networks = new LinkedHashMap<>();
    if (runs instanceof List<?> list) {
      for (Object run : list) {
        if (!(run instanceof Map<?, ?> tree)) {
          throw new CheckpointException(where + ": 'runs' is not a list of objects");
        }
        TrainedRun trained =
            RecordTree.read(TrainedRun.class, (Map<String, Object>) tree, where + ": runs");
        networks.computeIfAbsent(trained.arm(), a -> new ArrayList<>()).add(trained.accuracy());
      }
    }
    return networks.entrySet().stream()
        .map(e -> Map.<String, Object>of("network", e.getKey(), "top1", e.getValue()))
        .toList();
  }

  /** Whether this run judged any of the criteria that a check counts. */
  boolean measures(Check.ByStudy check) {
    return criteria.stream().anyMatch(m -> check.criteria().contains(m.name()));
  }

  /** Returns the figures of the criteria that a check counts; NaN where this run has no value. */
  List<Figure> figures(Check.ByStudy check) {
    return check.stated().stream().map(this::figure).toList();
  }

  private Figure figure(Criterion criterion) {
    Optional<Measured> found =
        criteria.stream().filter(m -> m.name().equals(criterion.name())).findFirst();
    // The limit of that run, not today's: a verdict stays what it was.
    Criterion.Bound bound = found.map(Measured::bound).orElse(criterion.bound());
    return new Figure(
        criterion.statement(),
        bound == Criterion.Bound.AT_LEAST ? Figure.Rule.AT_LEAST : Figure.Rule.AT_MOST,
        found.map(Measured::limit).orElse(criterion.limit()),
        found.map(Measured::measured).orElse(Double.NaN),
        criterion.unit(),
        found.map(Measured::holds).orElse(false));
  }
}
