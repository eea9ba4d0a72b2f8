package dev.fovea.server.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * The paths that a server answers, each with the method it takes and the function that answers.
 * Immutable; {@link Builder} makes it.
 */
public final class Routes {
  private final List<Route> routes;

  private Routes(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  /** Answers a call, maybe later. */
  @FunctionalInterface
  public interface Action {
    /** A failure of the future, or an exception, becomes an answer too. */
    CompletableFuture<Reply> answer(Call call);
  }

  /** Who may use a route, and when. */
  public enum Access {
    /** With the token, if the server has one, and while it is not stopping. */
    GUARDED,
    /** Whoever can reach the port, at any time: whether the server lives and is ready. */
    PROBE,
    /** Whoever can reach the port: files that are the same for all. */
    PUBLIC
  }

  record Route(String method, List<String> pattern, Access access, Action action) {
    Optional<Map<String, String>> match(List<String> path) {
      if (path.size() != pattern.size()) {
        return Optional.empty();
      }
      Map<String, String> parts = new LinkedHashMap<>();
      for (int i = 0; i < path.size(); i++) {
        String wanted = pattern.get(i);
        if (wanted.startsWith("{")) {
          parts.put(wanted.substring(1, wanted.length() - 1), path.get(i));
        } else if (!wanted.equals(path.get(i))) {
          return Optional.empty();
        }
      }
      return Optional.of(parts);
    }

    private long fixed() {
      return pattern.stream().filter(p -> !p.startsWith("{")).count();
    }

    /** The path as it was declared, which is fit for logs and labels. */
    String label() {
      return "/" + String.join("/", pattern);
    }
  }

  /** A route with the open parts of a path. */
  record Found(Route route, Map<String, String> parts) {}

  /** The methods that the routes with this path take; empty if there is no such path. */
  List<String> methods(String path) {
    TreeSet<String> methods = new TreeSet<>();
    List<String> segments = segments(path);
    for (Route route : routes) {
      if (route.match(segments).isPresent()) {
        methods.add(route.method());
        if (route.method().equals("GET")) {
          methods.add("HEAD");
        }
      }
    }
    return List.copyOf(methods);
  }

  /** The route that answers a request; of several the one that leaves least open. */
  Optional<Found> find(String method, String path) {
    String wanted = method.equals("HEAD") ? "GET" : method;
    List<String> segments = segments(path);
    return routes.stream()
        .filter(r -> r.method().equals(wanted))
        .flatMap(r -> r.match(segments).map(parts -> new Found(r, parts)).stream())
        .max(Comparator.comparingLong((Found f) -> f.route().fixed()));
  }

  /** The patterns of all paths, each once, in the order of their declaration. */
  public List<String> paths() {
    return routes.stream().map(Route::label).distinct().toList();
  }

  // A slash at the end is forgiven.
  private static List<String> segments(String path) {
    String inner = path.startsWith("/") ? path.substring(1) : path;
    if (inner.endsWith("/")) {
      inner = inner.substring(0, inner.length() - 1);
    }
    return List.of(inner.split("/", -1));
  }

  /** Collects routes. */
  public static final class Builder {
    private final List<Route> routes = new ArrayList<>();

    /** Adds a route; parts of the path in braces match anything but a slash. */
    public Builder add(String method, String path, Access access, Action action) {
      routes.add(new Route(method, segments(path), access, action));
      return this;
    }

    /** Adds a route that takes GET, for whom the server trusts. */
    public Builder get(String path, Action action) {
      return add("GET", path, Access.GUARDED, action);
    }

    /** Adds a route that takes POST, for whom the server trusts. */
    public Builder post(String path, Action action) {
      return add("POST", path, Access.GUARDED, action);
    }

    /** The routes. */
    public Routes build() {
      return new Routes(routes);
    }
  }
}
