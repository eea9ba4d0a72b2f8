package dev.fovea.server.metrics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Requests by route and class of status ({@code 2xx} to {@code 5xx}). Safe for any number of
 * threads.
 */
public final class RequestFigures {
  private static final String OTHER = "other";
  private static final int CLASSES = 5;

  private final Map<String, Route> routes = new LinkedHashMap<>();

  private static final class Route {
    final List<LongAdder> answers = new ArrayList<>();
    final Histogram seconds = new Histogram(Histogram.SECONDS);

    Route() {
      for (int i = 0; i < CLASSES; i++) {
        answers.add(new LongAdder());
      }
    }
  }

  /**
   * Makes figures for these routes; all others are counted as {@code other}.
   *
   * @param routes fixed names, never what a request brings
   */
  public RequestFigures(List<String> routes) {
    routes.forEach(r -> this.routes.put(r, new Route()));
    this.routes.put(OTHER, new Route());
  }

  /** Counts an answered request. */
  public void answered(String route, int status, Duration time) {
    Route figures = routes.getOrDefault(route, routes.get(OTHER));
    if (figures != null) {
      figures.answers.get(Math.max(1, Math.min(CLASSES, status / 100)) - 1).increment();
      figures.seconds.add(time.toNanos() / 1e9);
    }
  }

  /** Writes what has been counted. */
  public void write(Exposition page) {
    Exposition.Metric requests =
        page.metric(
            "fovea_http_requests_total",
            Exposition.Kind.COUNTER,
            "Answered requests by route and class of status.");
    Exposition.Metric seconds =
        page.metric(
            "fovea_http_request_seconds",
            Exposition.Kind.HISTOGRAM,
            "Time from a request's head to its answer.");
    routes.forEach(
        (name, route) -> {
          for (int i = 0; i < CLASSES; i++) {
            requests.sample(route.answers.get(i).sum(), "route", name, "status", (i + 1) + "xx");
          }
          seconds.histogram(route.seconds.snapshot(), "route", name);
        });
  }
}
