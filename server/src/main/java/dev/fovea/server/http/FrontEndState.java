package dev.fovea.server.http;

import org.eclipse.jetty.util.thread.Scheduler;

/** What all exchanges of a server share. */
final class FrontEndState {
  private final Routes routes;
  private final HttpSettings.Limits limits;
  private final Guard guard;
  private final BodyBudget budget;
  private final Scheduler scheduler;
  private final FrontEndListener listener;
  private volatile boolean draining;

  FrontEndState(
      Routes routes, HttpSettings settings, Scheduler scheduler, FrontEndListener listener) {
    this.routes = routes;
    this.limits = settings.limits();
    this.guard = new Guard(settings);
    this.budget = new BodyBudget(settings.limits().memoryBytes());
    this.scheduler = scheduler;
    this.listener = listener;
  }

  Routes routes() {
    return routes;
  }

  HttpSettings.Limits limits() {
    return limits;
  }

  Guard guard() {
    return guard;
  }

  BodyBudget budget() {
    return budget;
  }

  Scheduler scheduler() {
    return scheduler;
  }

  FrontEndListener listener() {
    return listener;
  }

  boolean isDraining() {
    return draining;
  }

  void drain() {
    draining = true;
  }
}
