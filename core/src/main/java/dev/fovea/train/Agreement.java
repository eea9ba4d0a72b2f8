package dev.fovea.train;

import dev.fovea.checkpoint.JsonTree;
import dev.fovea.program.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** What the ranks of a run must have in common, compared before its first step. */
final class Agreement {
  private static final String PROGRAM = "the program";
  private static final String ENGINE = "the engine";
  private static final String MACHINE = "the machine";
  private static final String CONFIG = "config";

  private Agreement() {}

  /**
   * What computes on a rank.
   *
   * @param program with its version
   * @param engine with its version
   * @param machine as {@link Backend#machine}
   */
  record Computer(String program, String engine, String machine) {

    /** This program with an engine. */
    static Computer here(Backend backend) {
      String version = Agreement.class.getPackage().getImplementationVersion();
      return new Computer(
          version == null ? "Fovea (not packaged)" : "Fovea " + version,
          backend.name(),
          backend.machine());
    }
  }

  /** Whether a setting must be the same on all ranks and when a run is resumed. */
  static boolean covers(String key) {
    // The data may lie elsewhere; its fingerprint is compared.
    return !key.startsWith("output.") && !key.equals("data.source");
  }

  /**
   * Returns the configuration of this rank: with the outputs of rank 0, and if it resumes a run,
   * with all of rank 0 but the place of the data.
   *
   * @param own on rank 0 resolved and with its folder; on others resolved unless it resumes
   * @throws ConfigException on all ranks if settings or what computes differ, naming them
   */
  static RunConfig on(RunConfig own, Computer computer, Ranks ranks) {
    if (!ranks.areSeveral()) {
      return own;
    }
    boolean takes = !ranks.leads() && own.output().resume();
    List<String> all =
        ranks.texts(
            () ->
                JsonTree.compact(
                    Map.of(
                        PROGRAM, computer.program(),
                        ENGINE, computer.engine(),
                        MACHINE, computer.machine(),
                        CONFIG, takes ? "" : own.toJson())));
    // First, because the settings of another version may mean something else, or nothing, here.
    requireEqual(each(all, Agreement::computer), ranks);
    requireEqual(each(all, Agreement::settings), ranks);
    RunConfig first = RunConfig.stored(text(all.get(0), CONFIG, "rank 0"), "rank 0");
    if (!takes) {
      return own.with(ranks.leads() ? own.output() : first.output());
    }
    String source = own.data().source();
    return source.isEmpty() ? first : first.with("data.source", source);
  }

  /** Compares the images and classes of all ranks. */
  static void requireSameData(TrainingSetup setup, Ranks ranks) {
    if (!ranks.areSeveral()) {
      return;
    }
    String source = setup.config().data().source();
    List<String> all =
        ranks.texts(
            () ->
                JsonTree.compact(
                    Map.of("source", source, "fingerprint", setup.data().fingerprint())));
    String first = text(all.get(0), "fingerprint", "rank 0");
    for (int r = 1; r < all.size(); r++) {
      String other = text(all.get(r), "fingerprint", "rank " + r);
      if (!other.equals(first)) {
        throw ranks.shared(
            new ConfigException(
                "data.source: "
                    + text(all.get(r), "source", "rank " + r)
                    + " on rank "
                    + r
                    + " holds other images or classes (fingerprint "
                    + other
                    + ") than "
                    + text(all.get(0), "source", "rank 0")
                    + " on rank 0 ("
                    + first
                    + "). Give all ranks the same data"));
      }
    }
  }

  private static String text(String message, String key, String where) {
    return String.valueOf(JsonTree.parse(message, where).get(key));
  }

  private static List<Map<String, String>> each(
      List<String> messages, BiFunction<String, String, Map<String, String>> facts) {
    return IntStream.range(0, messages.size())
        .mapToObj(r -> facts.apply(messages.get(r), "rank " + r))
        .toList();
  }

  private static Map<String, String> computer(String message, String where) {
    return Map.of(
        PROGRAM, text(message, PROGRAM, where),
        ENGINE, text(message, ENGINE, where),
        MACHINE, text(message, MACHINE, where));
  }

  // None from a rank that takes those of rank 0.
  private static Map<String, String> settings(String message, String where) {
    String config = text(message, CONFIG, where);
    return config.isEmpty() ? Map.of() : RunConfig.stored(config, where).settings();
  }

  private static void requireEqual(List<Map<String, String>> facts, Ranks ranks) {
    Map<String, String> first = facts.get(0);
    List<String> differences = new ArrayList<>();
    for (int r = 1; r < facts.size(); r++) {
      Map<String, String> other = facts.get(r);
      Set<String> keys = new TreeSet<>(other.keySet());
      keys.addAll(other.isEmpty() ? Set.of() : first.keySet());
      for (String key : keys) {
        String here = other.getOrDefault(key, "");
        String there = first.getOrDefault(key, "");
        if (covers(key) && !here.equals(there)) {
          differences.add(
              key + " is '" + here + "' on rank " + r + " and '" + there + "' on rank 0");
        }
      }
    }
    if (!differences.isEmpty()) {
      throw ranks.shared(
          new ConfigException(
              "the ranks of a run must agree: "
                  + String.join("; ", differences)
                  + ". Start all of them with the same version of Fovea and the same settings;"
                  + " those that depend on the machine, such as engine.threads, can be set. CPUs"
                  + " must have the same instructions; ONEDNN_MAX_CPU_ISA in the environment limits"
                  + " which are used"));
    }
  }
}
