package dev.fovea.spark.training;

import dev.fovea.checkpoint.JsonTree;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The first word of a rank to all others, through Spark.
 *
 * @param address where its ring listens; empty if it cannot train
 * @param executor the process it runs in
 * @param cores that this process has
 * @param precision that suits its processor
 * @param resumes whether the run folder, as it sees it, holds a state to go on from
 * @param trouble why it cannot train; empty if it can
 */
record Hello(
    String address, String executor, int cores, String precision, boolean resumes, String trouble) {

  String toJson() {
    return JsonTree.compact(
        Map.of(
            "address", address,
            "executor", executor,
            "cores", cores,
            "precision", precision,
            "resumes", resumes,
            "trouble", trouble));
  }

  private static Hello of(String json) {
    Map<String, Object> tree = JsonTree.parse(json, "the message of a rank");
    return new Hello(
        text(tree, "address"),
        text(tree, "executor"),
        Integer.parseInt(text(tree, "cores")),
        text(tree, "precision"),
        Boolean.parseBoolean(text(tree, "resumes")),
        text(tree, "trouble"));
  }

  private static String text(Map<String, Object> tree, String key) {
    return String.valueOf(tree.get(key));
  }

  /** The words of all ranks in their order. */
  static List<Hello> all(String[] messages) {
    return Arrays.stream(messages).map(Hello::of).toList();
  }

  /** The threads of each rank, so that those of one process share its cores. */
  static int threads(List<Hello> all) {
    Map<String, Long> ranks =
        all.stream().collect(Collectors.groupingBy(Hello::executor, Collectors.counting()));
    return all.stream()
        .mapToInt(h -> Math.max(1, h.cores / ranks.getOrDefault(h.executor, 1L).intValue()))
        .min()
        .orElse(1);
  }

  /** What is wrong on some ranks, in one line; empty if nothing is. */
  static String troubles(List<Hello> all) {
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < all.size(); r++) {
      if (!all.get(r).trouble.isEmpty()) {
        text.append(text.isEmpty() ? "" : "; ").append("rank ").append(r).append(": ");
        text.append(all.get(r).trouble);
      }
    }
    return text.toString();
  }
}
