package dev.fovea.app.finetuning;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Table;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.evaluation.StageProgress;
import dev.fovea.app.option.GlobalOptions;
import dev.fovea.app.run.RunConsole;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.image.PreprocessingText;
import dev.fovea.data.inspect.DataCheck;
import dev.fovea.data.inspect.DataCheck.Duplicate;
import dev.fovea.data.inspect.DataCheck.Place;
import dev.fovea.eval.Interval;
import dev.fovea.finetune.FinetuneEvent;
import dev.fovea.finetune.FinetuneListener;
import dev.fovea.finetune.HeadFigures;
import dev.fovea.graph.Graph;
import java.util.Collections;
import java.util.List;

/** Prints a fine-tuning for people; its second stage as {@link RunConsole} prints a run. */
public final class FinetuneConsole implements FinetuneListener {
  private static final int SHOWN = 5;

  private final Terminal terminal;
  private final GlobalOptions common;
  private final RunConsole training;
  private final StageProgress progress;

  public FinetuneConsole(Terminal terminal, GlobalOptions common, RunConsole training) {
    this.terminal = terminal;
    this.common = common;
    this.training = training;
    this.progress = new StageProgress(terminal);
  }

  @Override
  public void on(FinetuneEvent event) {
    if (event instanceof FinetuneEvent.FeaturesComputed e) {
      progress.on("features of " + e.part() + " images", e.done(), e.all());
    } else if (event instanceof FinetuneEvent.Training e) {
      training.on(e.event());
    } else {
      erase();
      if (event instanceof FinetuneEvent.DataChecked e) {
        checked(e.check());
      } else if (event instanceof FinetuneEvent.Opened e) {
        opened(e);
      } else if (event instanceof FinetuneEvent.HeadFitted e) {
        fitted(e);
      } else if (event instanceof FinetuneEvent.Note e) {
        note(e.text());
      }
    }
  }

  /** Prints a line after erasing the progress line. */
  public void say(String line) {
    erase();
    terminal.note(line);
  }

  /** Erases the progress line. */
  public void erase() {
    progress.close();
    training.erase();
  }

  private void note(String text) {
    say("note: " + SettingsAsFlags.translate(text, common.flags()));
  }

  private void checked(DataCheck check) {
    Table table = new Table("part", "images", "classes", "smallest class", "largest class");
    for (DataCheck.Part p : check.parts()) {
      table.row(
          Human.visible(p.description()),
          Human.count(p.images()),
          Human.count(p.classes().size()),
          Human.count(Collections.min(p.perClass())),
          Human.count(Collections.max(p.perClass())));
    }
    terminal.note(table.toString().stripTrailing());
    check.notes().forEach(this::note);
    List<Place> broken = check.unreadable();
    if (!broken.isEmpty()) {
      say("warning: " + Human.count(broken.size()) + " images cannot be read and are left out");
      broken.stream()
          .limit(SHOWN)
          .forEach(
              p ->
                  say(
                      "  "
                          + Human.visible(
                              p.name()
                                  + ": "
                                  + SettingsAsFlags.translate(p.remark(), common.flags()))));
    }
    List<Duplicate> leaks = check.duplicates().stream().filter(Duplicate::acrossParts).toList();
    if (!leaks.isEmpty()) {
      say(
          "warning: "
              + Human.count(leaks.size())
              + " validation images are also training images, so that accuracy is overstated; for"
              + " example "
              + Human.visible(leaks.get(0).places().get(0).name()));
    }
    long mislabeled = check.duplicates().stream().filter(Duplicate::acrossClasses).count();
    if (mislabeled > 0) {
      say("warning: " + Human.count(mislabeled) + " images are in two classes");
    }
    if (!check.isClean()) {
      say("'fovea data check' lists all");
    }
  }

  private void opened(FinetuneEvent.Opened e) {
    Preprocessing p = e.source().preprocessing();
    say(
        terminal.bold(Graph.title(e.source().network()))
            + " of "
            + e.config().source().file()
            + ": images of "
            + p.width()
            + "x"
            + p.height()
            + ", "
            + PreprocessingText.of(p));
    say(
        e.features()
            + " features per image; "
            + e.config().run().engine().threads()
            + " threads, "
            + e.config().run().engine().precisionLabel()
            + "; run folder "
            + e.folder());
    e.notes().forEach(this::note);
  }

  private void fitted(FinetuneEvent.HeadFitted e) {
    HeadFigures f = e.figures();
    Interval i = e.validation().top1Interval();
    say(
        "last layer: validation top-1 "
            + terminal.bold(Human.percent(e.validation().top1()))
            + " ("
            + Human.percent(i.low())
            + " to "
            + Human.percent(i.high())
            + ") after "
            + FinetuneText.time(f.seconds())
            + ": data "
            + FinetuneText.time(f.dataSeconds())
            + ", features "
            + FinetuneText.time(f.featureSeconds())
            + ", fit "
            + FinetuneText.time(f.fitSeconds()));
    say(
        "  L2 strength "
            + Human.loss(f.strength())
            + " by cross-validation ("
            + Human.percent(f.crossValidatedTop1())
            + "); held-back images "
            + Human.percent(f.heldBackTop1()));
    say("model   " + e.model());
  }
}
