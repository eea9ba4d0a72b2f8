package dev.fovea.study;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.checkpoint.RecordTree;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The result of a completed study.
 *
 * @param findings every criterion with its measured value
 * @param seconds since this start, without runs finished earlier
 * @param finished when the conclusion was drawn
 */
public record StudyResult(
    Study study,
    Setting setting,
    Plan plan,
    List<TrainedRun> runs,
    Conclusion conclusion,
    List<Finding> findings,
    double seconds,
    Instant finished) {
  /** Copies the lists. */
  public StudyResult {
    runs = List.copyOf(runs);
    findings = List.copyOf(findings);
  }

  /** Returns the verdict of all findings. */
  public Verdict verdict() {
    return Verdict.of(findings);
  }

  /** Returns the result as JSON, one key per line, as in {@code result.json}. */
  public String toJson() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("study", study.name());
    tree.put("claim", RecordTree.of(study.claim()));
    tree.put("verdict", verdict().text());
    tree.put("criteria", findings.stream().map(StudyResult::tree).toList());
    tree.put("secondary", secondary());
    tree.put("scale", setting.scale().name().toLowerCase(java.util.Locale.ROOT));
    tree.put("data", setting.data());
    tree.put("precision", setting.precision().label());
    tree.put("convolution", setting.convolution().label());
    tree.put("threads", (long) setting.threads());
    tree.put("machine", setting.machine());
    tree.put("finished", finished.truncatedTo(ChronoUnit.SECONDS).toString());
    tree.put("plan", RecordTree.of(plan));
    tree.put("seconds", seconds);
    tree.put("runs", runs.stream().map(RecordTree::of).toList());
    tree.put("plots", conclusion.plots().stream().map(RecordTree::of).toList());
    tree.put("tables", conclusion.grids().stream().map(RecordTree::of).toList());
    tree.put("notes", conclusion.notes());
    return JsonTree.pretty(tree);
  }

  private List<Map<String, Object>> secondary() {
    List<Question> questions = study.secondaryQuestions();
    List<String> answers = conclusion.answers(questions);
    List<Map<String, Object>> all = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("question", questions.get(i).text());
      tree.put("rule", questions.get(i).rule());
      tree.put("answer", answers.get(i));
      all.add(tree);
    }
    return all;
  }

  private static Map<String, Object> tree(Finding f) {
    Map<String, Object> tree = new LinkedHashMap<>(RecordTree.of(f.criterion()));
    if (Double.isFinite(f.measured())) {
      tree.put("measured", f.measured());
    }
    tree.put("holds", f.holds());
    return tree;
  }
}
