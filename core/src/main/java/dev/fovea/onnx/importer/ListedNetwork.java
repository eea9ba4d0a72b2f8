package dev.fovea.onnx.importer;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.graph.Window;
import dev.fovea.models.ModelException;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.ModelOption;
import dev.fovea.models.Models;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds the network of the list that computes the same as one that was read, whatever its nodes are
 * called. Batch norms may have been folded into the convolutions of the file; then the network gets
 * norms that change nothing.
 */
final class ListedNetwork {
  private final ReadNetwork read;

  private ListedNetwork(ReadNetwork read) {
    this.read = read;
  }

  /**
   * The network and its weights under its own names.
   *
   * @param folded whether batch norms had been folded into convolutions
   */
  record Found(Graph graph, Map<String, Supplier<float[]>> weights, boolean folded) {}

  /**
   * Looks for the network.
   *
   * @param named the name that the file states; it is tried first
   */
  static Optional<Found> of(ReadNetwork read, Optional<String> named) {
    ListedNetwork finder = new ListedNetwork(read);
    Optional<Found> stated =
        named
            .filter(n -> Graph.title(n).equals(n))
            .flatMap(n -> finder.match(n, false).or(() -> finder.match(n, true)));
    if (stated.isPresent()) {
      return stated;
    }
    long layers = weighted(read.graph());
    for (boolean folded : new boolean[] {false, true}) {
      for (Candidate c : Candidates.ALL) {
        Optional<Found> found =
            c.layers() == layers ? finder.match(c.spec(), folded) : Optional.empty();
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** A network of the list and how many of its layers have weights, at any size of images. */
  private record Candidate(String spec, long layers) {}

  /** All networks of the list, counted when the first file is read. */
  private static final class Candidates {
    static final List<Candidate> ALL = specs().stream().flatMap(Candidates::of).toList();

    // Some choices go together at larger images only; those are not looked for.
    private static Stream<Candidate> of(String spec) {
      try {
        return Stream.of(new Candidate(spec, weighted(Models.graph(spec))));
      } catch (GraphException e) {
        return Stream.empty();
      }
    }
  }

  /** Every name with every combination of its choices. */
  private static List<String> specs() {
    List<String> all = new ArrayList<>();
    for (ModelInfo info : Models.all()) {
      List<String> specs = new ArrayList<>(List.of(info.name()));
      for (ModelOption option : info.options()) {
        for (String spec : List.copyOf(specs)) {
          option.values().stream()
              .filter(v -> !v.equals(option.defaultValue()))
              .forEach(v -> specs.add(Models.withOption(spec, option.name(), v)));
        }
      }
      all.addAll(specs);
    }
    return all;
  }

  private Optional<Found> match(String spec, boolean folded) {
    try {
      Graph listed = Models.graph(spec, read.graph().classes(), read.graph().inputShape());
      if (listed.outputs().size() > 1) {
        return Optional.empty();
      }
      Match match = new Match(listed, read, folded);
      if (!match.isEqual()) {
        return Optional.empty();
      }
      Optional<Graph> graph = withEpsilon(spec, listed, match);
      return graph.map(g -> new Found(g, match.weights(), folded));
    } catch (ModelException | GraphException e) {
      return Optional.empty();
    }
  }

  private static long weighted(Graph graph) {
    return graph.nodes().stream()
        .filter(n -> n.op() instanceof Op.Conv2d || n.op() instanceof Op.Linear)
        .count();
  }

  private Optional<Graph> withEpsilon(String spec, Graph listed, Match match) {
    Set<Double> own = match.epsilons(true);
    Set<Double> wanted = match.epsilons(false);
    if (areClose(own, wanted)) {
      return Optional.of(listed);
    }
    return wanted.size() == 1
        ? Optional.of(
            Models.graph(
                Models.withOption(spec, "bn_epsilon", wanted.iterator().next()),
                listed.classes(),
                listed.inputShape()))
        : Optional.empty();
  }

  /** Whether they are equal but for rounding to binary32, which differs between programs. */
  private static boolean areClose(Set<Double> own, Set<Double> wanted) {
    return own.size() == wanted.size()
        && own.stream().allMatch(a -> wanted.stream().anyMatch(b -> Math.abs(a - b) <= 1e-6 * a));
  }

  /** One network of the list beside the one that was read. */
  private static final class Match {
    private final Graph listed;
    private final ReadNetwork read;
    private final boolean folded;
    private final Map<List<Object>, Integer> numbers = new HashMap<>();
    private final Map<Node, Node> pairs = new IdentityHashMap<>();
    private final Map<Node, Integer> listedIds;
    private final Map<Node, Integer> readIds;

    Match(Graph listed, ReadNetwork read, boolean folded) {
      this.listed = listed;
      this.read = read;
      this.folded = folded;
      this.listedIds = ids(listed, folded);
      this.readIds = ids(read.graph(), false);
    }

    boolean isEqual() {
      if (!Objects.equals(listedIds.get(listed.logits()), readIds.get(read.graph().logits()))) {
        return false;
      }
      pair(listed.logits(), read.graph().logits());
      return listed.nodes().stream()
          .filter(n -> !n.params().isEmpty())
          .allMatch(n -> pairs.containsKey(n) || isFoldedNorm(n));
    }

    /**
     * Equal numbers mean equal computations but for the values of parameters.
     *
     * @param withoutNorms whether norms after convolutions count as part of them
     */
    private Map<Node, Integer> ids(Graph graph, boolean withoutNorms) {
      Map<Node, Integer> ids = new IdentityHashMap<>();
      Consumers consumers = graph.consumers();
      for (Node n : graph.nodes()) {
        List<Integer> inputs = new ArrayList<>();
        inputs(n).forEach(i -> inputs.add(ids.get(i)));
        boolean joins = withoutNorms && isFoldedNorm(n) && consumers.of(n.input()).size() == 1;
        if (joins || isTransparent(n)) {
          ids.put(n, inputs.get(0));
          continue;
        }
        if (n.op() instanceof Op.Add) {
          java.util.Collections.sort(inputs);
        }
        List<Object> key = new ArrayList<>(signature(n, consumers));
        key.addAll(inputs);
        ids.put(n, numbers.computeIfAbsent(key, k -> numbers.size()));
      }
      return ids;
    }

    /** The inputs of a node; those of a concatenation in a concatenation are its own. */
    private static List<Node> inputs(Node n) {
      if (!(n.op() instanceof Op.Concat)) {
        return n.inputs();
      }
      List<Node> all = new ArrayList<>();
      for (Node i : n.inputs()) {
        all.addAll(i.op() instanceof Op.Concat ? i.inputs() : List.of(i));
      }
      return all;
    }

    private static boolean isTransparent(Node n) {
      boolean same = !n.inputs().isEmpty() && n.input().shape().equals(n.shape());
      return n.op() instanceof Op.Dropout
          || n.op() instanceof Op.StochasticDepth
          || n.op() instanceof Op.AdaptiveAvgPool && same;
    }

    private boolean isFoldedNorm(Node n) {
      return folded && n.op() instanceof Op.BatchNorm && n.input().op() instanceof Op.Conv2d;
    }

    private List<Object> signature(Node n, Consumers consumers) {
      Op op = n.op();
      if (op instanceof Op.Conv2d o) {
        boolean bias = folded || o.bias() && !isNormed(n, consumers);
        return List.of("conv", o.window(), o.groups(), bias, n.shape());
      } else if (op instanceof Op.BatchNorm) {
        return List.of("norm");
      } else if (op instanceof Op.Linear o) {
        return List.of("linear", o.outFeatures(), o.bias());
      } else if (op instanceof Op.MaxPool o) {
        return List.of("max", o.window(), n.shape());
      } else if (isMean(n)) {
        return List.of("mean");
      } else if (op instanceof Op.AvgPool o) {
        Window w = o.window();
        return List.of("average", w, o.countPadding() && w.padH() + w.padW() > 0, n.shape());
      } else if (op instanceof Op.AdaptiveAvgPool) {
        return List.of("adaptive", n.shape());
      } else if (op instanceof Op.LocalResponseNorm o) {
        return List.of("lrn", o.size(), (float) o.alpha(), (float) o.beta(), (float) o.k());
      }
      return List.of(op);
    }

    /** Whether a norm follows, which takes a bias off again: it moves the mean. */
    private static boolean isNormed(Node conv, Consumers consumers) {
      List<Node> next = consumers.of(conv);
      return next.size() == 1 && next.get(0).op() instanceof Op.BatchNorm;
    }

    private static boolean isMean(Node n) {
      return n.op() instanceof Op.GlobalAvgPool
          || n.op() instanceof Op.AdaptiveAvgPool a && a.outH() == 1 && a.outW() == 1
          || n.op() instanceof Op.AvgPool o
              && o.window().padH() + o.window().padW() == 0
              && o.window().kernelH() == n.input().shape().dim(1)
              && o.window().kernelW() == n.input().shape().dim(2);
    }

    private static Node beyond(Node n, Map<Node, Integer> ids) {
      Node at = n;
      while (at.inputs().size() == 1 && Objects.equals(ids.get(at), ids.get(at.input()))) {
        at = at.input();
      }
      return at;
    }

    private void pair(Node first, Node second) {
      List<Node[]> open = new ArrayList<>();
      open.add(new Node[] {first, second});
      while (!open.isEmpty()) {
        Node[] two = open.remove(open.size() - 1);
        Node a = beyond(two[0], listedIds);
        Node b = beyond(two[1], readIds);
        if (pairs.putIfAbsent(a, b) != null) {
          continue;
        }
        List<Node> own = inputs(a);
        List<Node> others = new ArrayList<>(inputs(b));
        boolean turned =
            a.op() instanceof Op.Add
                && !Objects.equals(listedIds.get(a.input()), readIds.get(b.input()));
        if (turned) {
          java.util.Collections.reverse(others);
        }
        for (int i = 0; i < others.size(); i++) {
          open.add(new Node[] {own.get(i), others.get(i)});
        }
      }
    }

    Set<Double> epsilons(boolean ofListed) {
      Set<Double> all = new HashSet<>();
      pairs.forEach(
          (a, b) -> {
            if ((ofListed ? a : b).op() instanceof Op.BatchNorm o) {
              all.add(o.epsilon());
            }
          });
      return all;
    }

    Map<String, Supplier<float[]>> weights() {
      Map<String, Supplier<float[]>> all = new LinkedHashMap<>();
      for (Node n : listed.nodes()) {
        Node twin = pairs.get(n);
        for (ParamSpec p : n.params()) {
          if (isFoldedNorm(n)) {
            all.put(p.name(), neutral(n, p, Objects.requireNonNull(pairs.get(n.input()))));
          } else if (p.role() == Role.BIAS && n.op() instanceof Op.Conv2d) {
            all.put(p.name(), convBias(n, p, Objects.requireNonNull(twin)));
          } else if (p.role() == Role.RUNNING_MEAN) {
            all.put(p.name(), mean(n, Objects.requireNonNull(twin)));
          } else {
            all.put(p.name(), weight(Objects.requireNonNull(twin), p.role()));
          }
        }
      }
      return all;
    }

    private Supplier<float[]> weight(Node twin, Role role) {
      String name = twin.param(role).orElseThrow().name();
      return Objects.requireNonNull(read.weights().get(name));
    }

    /** The mean of a norm; a bias before it, which the network of the list lacks, moves it. */
    private Supplier<float[]> mean(Node norm, Node twin) {
      Supplier<float[]> own = weight(twin, Role.RUNNING_MEAN);
      Node conv = twin.input();
      boolean moved =
          conv.op() instanceof Op.Conv2d o
              && o.bias()
              && norm.input().op() instanceof Op.Conv2d listedConv
              && !listedConv.bias();
      if (!moved) {
        return own;
      }
      Supplier<float[]> bias = weight(conv, Role.BIAS);
      return () -> {
        float[] mean = own.get().clone();
        float[] by = bias.get();
        for (int c = 0; c < mean.length; c++) {
          mean[c] -= by[c];
        }
        return mean;
      };
    }

    /** The bias of the file's convolution, unless a norm after it has taken it. */
    private Supplier<float[]> convBias(Node conv, ParamSpec p, Node twin) {
      boolean taken = listed.nodes().stream().anyMatch(n -> isFoldedNorm(n) && n.input() == conv);
      return !taken && twin.param(Role.BIAS).isPresent()
          ? weight(twin, Role.BIAS)
          : () -> new float[p.shape().dim(0)];
    }

    private Supplier<float[]> neutral(Node norm, ParamSpec p, Node twin) {
      double epsilon = ((Op.BatchNorm) norm.op()).epsilon();
      int n = p.shape().dim(0);
      return switch (p.role()) {
        case NORM_SCALE -> () -> filled(n, (float) Math.sqrt(1 + epsilon));
        case RUNNING_VAR -> () -> filled(n, 1);
        case NORM_SHIFT ->
            twin.param(Role.BIAS).isPresent() ? weight(twin, Role.BIAS) : () -> new float[n];
        default -> () -> new float[n];
      };
    }

    private static float[] filled(int n, float value) {
      float[] all = new float[n];
      Arrays.fill(all, value);
      return all;
    }
  }
}
