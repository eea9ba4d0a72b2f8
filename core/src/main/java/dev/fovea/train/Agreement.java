package dev.fovea.train;

import dev.fovea.checkpoint.JsonTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the ranks of a run must have in common, compared before its first step. */
final class Agreement {
  private static final String PROGRAM = "program";
  private static final String ENGINE = "the engine";
  private static final String CONFIG = "config";

  private Agreement() {}

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
   * @param program that runs here, with its version
   * @param engine the name of the backend
   * @throws ConfigException on all ranks if settings, program or engine differ, naming them
   */
  static RunConfig on(RunConfig own, String program, String engine, Ranks ranks) {
    if (!ranks.areSeveral()) {
      return own;
    }
    boolean takes = !ranks.leads() && own.output().resume();
    List<String> all =
        ranks.texts(
            () ->
                JsonTree.compact(
                    Map.of(
                        PROGRAM, program,
                        ENGINE, engine,
                        CONFIG, takes ? "" : own.toJson())));
    List<Map<String, String>> facts = new ArrayList<>();
    for (int r = 0; r < all.size(); r++) {
      facts.add(facts(all.get(r), "rank " + r));
    }
    differences(facts)
        .ifPresent(
            text -> {
              throw ranks.shared(new ConfigException(text));
            });
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

  /** Names this program and its version. */
  static String program() {
    String version = Agreement.class.getPackage().getImplementationVersion();
    return version == null ? "Fovea (not packaged)" : "Fovea " + version;
  }

  private static String text(String message, String key, String where) {
    return String.valueOf(JsonTree.parse(message, where).get(key));
  }

  // Empty settings stand for those of rank 0.
  private static Map<String, String> facts(String message, String where) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(PROGRAM, text(message, PROGRAM, where));
    facts.put(ENGINE, text(message, ENGINE, where));
    String config = text(message, CONFIG, where);
    if (!config.isEmpty()) {
      facts.putAll(RunConfig.stored(config, where).settings());
    }
    return facts;
  }

  private static Optional<String> differences(List<Map<String, String>> facts) {
    Map<String, String> first = facts.get(0);
    List<String> differences = new ArrayList<>();
    for (int r = 1; r < facts.size(); r++) {
      Map<String, String> other = facts.get(r);
      boolean settings = other.size() > 2;
      Set<String> keys = new TreeSet<>(other.keySet());
      keys.addAll(settings ? first.keySet() : Set.of());
      for (String key : keys) {
        String here = other.getOrDefault(key, "");
        String there = first.getOrDefault(key, "");
        if (covers(key) && !here.equals(there)) {
          differences.add(
              key + " is '" + here + "' on rank " + r + " and '" + there + "' on rank 0");
        }
      }
    }
    if (differences.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "the ranks of a run must agree: "
            + String.join("; ", differences)
            + ". Start all of them with the same version of Fovea and the same settings; those that"
            + " depend on the machine, such as engine.threads, can be set");
  }
}
