package dev.fovea.app.finetuning;

import dev.fovea.app.console.Json;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.run.RunJson;
import dev.fovea.data.inspect.DataCheck;
import dev.fovea.finetune.FinetuneEvent;
import dev.fovea.finetune.FinetuneListener;
import dev.fovea.finetune.HeadFigures;
import dev.fovea.graph.Graph;

/**
 * Prints a fine-tuning for programs: one JSON object per line, each with its kind under {@code
 * event}: {@code data}, {@code opened}, {@code head}, {@code note}, those of {@link RunJson} for
 * the second stage but its {@code end}, and at last one {@code end} with the figures of both.
 */
public final class FinetuneJson implements FinetuneListener {
  private final Terminal terminal;
  private final RunJson training;

  public FinetuneJson(Terminal terminal, RunJson training) {
    this.terminal = terminal;
    this.training = training;
  }

  @Override
  public void on(FinetuneEvent event) {
    if (event instanceof FinetuneEvent.DataChecked e) {
      terminal.result(data(e.check()));
    } else if (event instanceof FinetuneEvent.Opened e) {
      terminal.result(
          new Json()
              .put("event", "opened")
              .put("run", e.folder())
              .put("network", Graph.title(e.network()))
              .put("features", e.features())
              .put("precision", e.config().run().engine().precisionLabel())
              .put("preprocessing", Json.of(e.source().preprocessing().toMap()))
              .put("notes", e.notes()));
    } else if (event instanceof FinetuneEvent.HeadFitted e) {
      terminal.result(head(e));
    } else if (event instanceof FinetuneEvent.Note e) {
      terminal.result(new Json().put("event", "note").put("text", e.text()));
    } else if (event instanceof FinetuneEvent.Training e
        && !(e.event() instanceof dev.fovea.train.TrainEvent.RunFinished)) {
      training.on(e.event());
    }
  }

  private static Json data(DataCheck c) {
    return new Json()
        .put("event", "data")
        .put(
            "parts",
            c.parts().stream()
                .map(
                    p ->
                        new Json()
                            .put("part", p.description())
                            .put("images", p.images())
                            .put("classes", p.classes())
                            .put("per_class", p.perClass()))
                .toList())
        .put(
            "unreadable",
            c.unreadable().stream()
                .map(p -> new Json().put("name", p.name()).put("reason", p.remark()))
                .toList())
        .put("duplicates", c.duplicates().size())
        .put("leaks", c.leaks());
  }

  private static Json head(FinetuneEvent.HeadFitted e) {
    HeadFigures f = e.figures();
    return new Json()
        .put("event", "head")
        .put("top1", e.validation().top1())
        .put("seconds", f.seconds())
        .put("strength", f.strength())
        .put("cross_validated_top1", f.crossValidatedTop1())
        .put("held_back_top1", f.heldBackTop1())
        .put("model", e.model());
  }
}
