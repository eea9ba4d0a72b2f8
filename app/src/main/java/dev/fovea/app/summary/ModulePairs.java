package dev.fovea.app.summary;

import dev.fovea.analysis.NetworkModule;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pairs corresponding modules of two networks: by name, ignoring punctuation, if any names match;
 * else in order within the first, second, ... grid.
 */
record ModulePairs(List<Pair> pairs) {

  /** A module of each network; null if one has no counterpart. */
  record Pair(@Nullable NetworkModule a, @Nullable NetworkModule b) {

    /** The fraction of multiply-adds that {@code b} saves; NaN unless both are present. */
    double saved() {
      return a == null || b == null
          ? Double.NaN
          : 1 - (double) b.cost().multiplyAdds() / a.cost().multiplyAdds();
    }
  }

  static ModulePairs of(Graph a, Graph b) {
    Map<String, List<NetworkModule>> left = byPlace(a, false);
    Map<String, List<NetworkModule>> right = byPlace(b, false);
    if (left.keySet().stream().noneMatch(right::containsKey)) {
      left = byPlace(a, true);
      right = byPlace(b, true);
    }
    List<Pair> pairs = new ArrayList<>();
    List<String> places = new ArrayList<>(left.keySet());
    right.keySet().stream().filter(k -> !places.contains(k)).forEach(places::add);
    for (String place : places) {
      List<NetworkModule> one = left.getOrDefault(place, List.of());
      List<NetworkModule> two = right.getOrDefault(place, List.of());
      for (int i = 0; i < Math.max(one.size(), two.size()); i++) {
        pairs.add(new Pair(i < one.size() ? one.get(i) : null, i < two.size() ? two.get(i) : null));
      }
    }
    return new ModulePairs(List.copyOf(pairs));
  }

  private static Map<String, List<NetworkModule>> byPlace(Graph graph, boolean byGrid) {
    Map<String, List<NetworkModule>> places = new LinkedHashMap<>();
    List<Integer> grids = new ArrayList<>();
    for (NetworkModule m : NetworkModule.of(graph)) {
      int rows = rows(m.output());
      if (!grids.contains(rows)) {
        grids.add(rows);
      }
      String place =
          byGrid
              ? "grid " + grids.size()
              : m.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
      places.computeIfAbsent(place, p -> new ArrayList<>()).add(m);
    }
    return places;
  }

  private static int rows(Node n) {
    return n.shape().rank() == 3 ? n.shape().dim(1) : 1;
  }
}
