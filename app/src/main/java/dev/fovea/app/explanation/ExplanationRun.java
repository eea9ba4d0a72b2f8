package dev.fovea.app.explanation;

import dev.fovea.Explainer;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import dev.fovea.data.source.UnlabeledImages;
import dev.fovea.explanation.CheckOptions;
import dev.fovea.explanation.Explanation;
import dev.fovea.explanation.ExplanationCheck;
import dev.fovea.explanation.ExplanationListener;
import dev.fovea.explanation.ExplanationMethod;
import dev.fovea.explanation.ExplanationTarget;
import dev.fovea.program.ProgramException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * Explains images one group after the other, each by all methods, and hands over what is finished
 * in the order of the images. A picture that cannot be read leaves its group; the others go on.
 */
public final class ExplanationRun {
  private final Explainer explainer;
  private final TargetChoice targets;
  private final List<ExplanationMethod> methods;
  private final Optional<CheckOptions> checks;
  private final BooleanSupplier stops;

  /** Receives what is finished. */
  public interface Listener {
    /** One image, one finding for each method; fewer if the run was stopped in between. */
    void explained(List<Finding> findings) throws IOException;

    /** An image that could not be read. */
    void unreadable(String name, String reason);

    /** How far the current method is with its images. */
    void progress(String stage, long done, long of);
  }

  /**
   * Prepares a run.
   *
   * @param checks how each explanation is checked; empty for not at all
   * @param stops asked before every batch
   */
  public ExplanationRun(
      Explainer explainer,
      TargetChoice targets,
      List<ExplanationMethod> methods,
      Optional<CheckOptions> checks,
      BooleanSupplier stops) {
    this.explainer = explainer;
    this.targets = targets;
    this.methods = List.copyOf(methods);
    this.checks = checks;
    this.stops = stops;
  }

  /** An image of a group and what was found in it. */
  private static final class Member {
    private final int number;
    private final String name;
    private final List<Finding> findings = new ArrayList<>();
    private Optional<Picture> picture = Optional.empty();
    private Optional<String> problem = Optional.empty();

    Member(int number, String name) {
      this.number = number;
      this.name = name;
    }
  }

  /**
   * Explains all images, or those before it is stopped.
   *
   * @param most images that are explained together; 1 if methods are slow, so that the first is
   *     finished soon. Checks are always made one by one.
   */
  public void over(UnlabeledImages images, int most, Listener to) throws IOException {
    int together = checks.isEmpty() ? most : 1;
    for (int from = 0; from < images.size() && !stops.getAsBoolean(); from += together) {
      List<Member> group = new ArrayList<>();
      for (int i = from; i < Math.min(images.size(), from + together); i++) {
        group.add(open(images, i));
      }
      boolean complete;
      try {
        complete = explain(group, images.size(), to);
      } catch (ProgramException e) {
        // What others of the group got before is kept.
        handOver(group, to);
        throw e;
      }
      handOver(group, to);
      if (!complete) {
        return;
      }
    }
  }

  private static void handOver(List<Member> group, Listener to) throws IOException {
    for (Member m : group) {
      if (m.problem.isPresent()) {
        to.unreadable(m.name, m.problem.get());
      } else if (!m.findings.isEmpty()) {
        to.explained(m.findings);
      }
    }
  }

  private static Member open(UnlabeledImages images, int i) {
    Member m = new Member(i, images.name(i));
    try {
      m.picture = Optional.of(images.picture(i));
    } catch (DataException e) {
      m.problem = Optional.of(String.valueOf(e.getMessage()));
    }
    return m;
  }

  /** Whether the group was explained to its end. */
  private boolean explain(List<Member> group, int all, Listener to) {
    try {
      Map<ExplanationTarget, List<Member>> asked = new LinkedHashMap<>();
      for (Member m : group) {
        if (m.picture.isPresent()) {
          target(m).ifPresent(t -> asked.computeIfAbsent(t, k -> new ArrayList<>()).add(m));
        }
      }
      for (ExplanationMethod method : methods) {
        for (Map.Entry<ExplanationTarget, List<Member>> e : asked.entrySet()) {
          List<Member> readable = e.getValue().stream().filter(m -> m.problem.isEmpty()).toList();
          explain(readable, method, e.getKey(), new Following(all, method, to));
        }
      }
      return true;
    } catch (CancellationException e) {
      return false;
    }
  }

  private Optional<ExplanationTarget> target(Member m) {
    if (!targets.needsPrediction()) {
      return Optional.of(targets.of(m.name));
    }
    try {
      return Optional.of(targets.against(explainer.predict(m.picture.orElseThrow())));
    } catch (DataException e) {
      m.problem = Optional.of(said(m, e));
      return Optional.empty();
    }
  }

  private static String said(Member m, DataException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains(m.name) ? message : m.name + ": " + message;
  }

  private void explain(
      List<Member> members, ExplanationMethod method, ExplanationTarget target, Following to) {
    if (members.isEmpty()) {
      return;
    }
    to.start(members);
    try {
      List<Picture> pictures = members.stream().map(m -> m.picture.orElseThrow()).toList();
      if (checks.isPresent()) {
        to.checked(explainer.check(pictures.get(0), method, target, checks.get(), to));
      } else {
        explainer.explain(pictures, method, target, to);
      }
    } catch (DataException e) {
      if (members.size() == 1) {
        members.get(0).problem = Optional.of(said(members.get(0), e));
        return;
      }
      // One of them cannot be decoded; alone, each says so itself.
      for (Member m : members.subList(to.done, members.size())) {
        explain(List.of(m), method, target, to);
      }
    }
  }

  /** Keeps what comes, and passes on how far it is. */
  private final class Following implements ExplanationListener {
    private final int all;
    private final ExplanationMethod method;
    private final Listener to;
    private List<Member> members = List.of();
    private int done;

    Following(int all, ExplanationMethod method, Listener to) {
      this.all = all;
      this.method = method;
      this.to = to;
    }

    void start(List<Member> now) {
      members = now;
      done = 0;
    }

    @Override
    public void explained(Explanation explanation) {
      if (checks.isEmpty()) {
        add(explanation, Optional.empty());
      }
    }

    void checked(ExplanationCheck check) {
      add(check.explanation(), Optional.of(check));
    }

    private void add(Explanation explanation, Optional<ExplanationCheck> check) {
      Member m = members.get(done++);
      m.findings.add(
          new Finding(m.name, explanation, check, targets.localized(m.name, explanation)));
    }

    @Override
    public void progress(long images, long of) {
      int first = members.get(0).number + 1;
      String which = all == 1 ? "" : ", image " + first + " of " + all;
      to.progress(method.label() + which + ",", images, of);
    }

    @Override
    public boolean stops() {
      return stops.getAsBoolean();
    }
  }
}
