package dev.fovea.app.run;

import dev.fovea.app.console.ErrorLine;
import dev.fovea.app.console.Human;
import dev.fovea.app.console.Version;
import dev.fovea.app.console.WholeFile;
import dev.fovea.app.report.ReportPage;
import dev.fovea.app.report.RunReport;
import dev.fovea.app.report.RunReport.Confusion;
import dev.fovea.app.report.RunReport.Epoch;
import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.data.loader.LoadingTime;
import dev.fovea.graph.Graph;
import dev.fovea.train.EpochRow;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code report.html} into the run folder: at the start, after each epoch and at the end.
 *
 * <p>If the page cannot be written, the run continues with a warning.
 */
public final class RunReporter implements TrainListener {
  /** Points of the learning rate curve above which every second one is dropped. */
  private static final int MOST_POINTS = 800;

  private final RunClock clock;
  private final Supplier<byte[]> samples;
  private final Consumer<String> warn;
  private final List<Epoch> epochs = new ArrayList<>();
  private final List<Point> rates = new ArrayList<>();
  private TrainEvent.@Nullable RunStarted run;
  private byte[] sheet = new byte[0];
  private Confusion confusion = Confusion.NONE;
  private String state = "running";
  private int rateEvery = 1;
  private double before;
  private LoadingTime loading = LoadingTime.NONE;
  private long images;
  private double waiting;
  private double network;
  private double exchanging;
  private long exchanged;

  /**
   * A reporter.
   *
   * @param samples supplies a PNG of augmented training images; called once
   * @param warn receives a message if the page cannot be written
   */
  public RunReporter(RunClock clock, Supplier<byte[]> samples, Consumer<String> warn) {
    this.clock = clock;
    this.samples = samples;
    this.warn = warn;
  }

  /** The path of the page in a run folder. */
  public static Path file(Path folder) {
    return folder.resolve("report.html");
  }

  @Override
  public void on(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted e) {
      run = e;
      sheet = samples.get();
      e.history().forEach(this::remember);
      write();
    } else if (event instanceof TrainEvent.StepDone e) {
      rate(e.step(), e.figures().rate());
    } else if (event instanceof TrainEvent.TimeSpent e) {
      loading = loading.plus(e.loading());
      images += e.images();
      waiting += e.waiting();
      network += e.network();
    } else if (event instanceof TrainEvent.Exchanged e) {
      exchanging += e.waiting();
      exchanged += e.bytes();
    } else if (event instanceof TrainEvent.EpochDone e) {
      before = e.row().seconds();
      epochs.add(RunConsole.figures(e.row(), clock));
      e.validation().ifPresent(v -> confusion = new Confusion(v.classes(), v.confusion()));
      write();
    } else if (event instanceof TrainEvent.RunFinished e) {
      state = e.result().outcome().name().toLowerCase(Locale.ROOT).replace('_', ' ');
      write();
    }
  }

  /** Marks the run on the page as failed, with the reason. */
  public void failed(String why) {
    state = "failed: " + why;
    write();
  }

  /** Adds an epoch of an earlier process, whose speed is unknown. */
  private void remember(EpochRow row) {
    epochs.add(
        new Epoch(
            row.epoch(),
            row.train().loss(),
            row.train().top1(),
            row.val().map(EpochRow.Validation::loss).orElse(Double.NaN),
            row.val().map(EpochRow.Validation::top1).orElse(Double.NaN),
            row.rate(),
            Double.NaN,
            row.seconds() - before));
    rates.add(new Point(row.step(), row.rate()));
    before = row.seconds();
  }

  private void rate(long step, double rate) {
    if (step % rateEvery != 0 && step != 1) {
      return;
    }
    rates.add(new Point(step, rate));
    if (rates.size() > MOST_POINTS) {
      rateEvery *= 2;
      List<Point> few = new ArrayList<>();
      for (int i = 0; i < rates.size(); i += 2) {
        few.add(rates.get(i));
      }
      rates.clear();
      rates.addAll(few);
    }
  }

  private void write() {
    TrainEvent.RunStarted r = run;
    if (r == null) {
      return;
    }
    List<Setting> settings = new ArrayList<>();
    r.config().settings().forEach((k, v) -> settings.add(new Setting(k, v)));
    r.notes().forEach(n -> settings.add(new Setting("note", n)));
    RunReport report =
        new RunReport(
            Graph.title(r.config().network().model()) + " on " + r.config().data().source(),
            state.equals("running"),
            headline(r),
            settings,
            epochs,
            rates,
            sheet,
            confusion);
    try {
      WholeFile.write(file(r.plan().folder()), ReportPage.html(report));
    } catch (IOException e) {
      warn.accept("cannot write the report: " + ErrorLine.of(e, Set.of()));
    }
  }

  private List<Setting> headline(TrainEvent.RunStarted r) {
    long planned =
        (r.plan().totalSteps() + r.plan().stepsPerEpoch() - 1) / r.plan().stepsPerEpoch();
    List<Setting> h = new ArrayList<>();
    Epoch best = null;
    for (Epoch e : epochs) {
      if (!Double.isNaN(e.valTop1()) && (best == null || e.valTop1() > best.valTop1())) {
        best = e;
      }
    }
    if (best != null) {
      h.add(
          new Setting(
              "best validation top-1",
              Human.percent(best.valTop1()) + " (epoch " + best.epoch() + ")"));
    }
    if (!epochs.isEmpty()) {
      h.add(new Setting("time", Human.time(Duration.ofMillis((long) (1000 * before)))));
      if (!Double.isNaN(clock.lastEpochSpeed())) {
        h.add(new Setting("training speed", Human.digits(clock.lastEpochSpeed()) + " images/s"));
      }
    }
    h.add(new Setting("state", state));
    int done = epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).epoch();
    h.add(new Setting("epochs", done + " of " + planned));
    h.add(
        new Setting(
            "images",
            Human.count(r.trainImages())
                + " training, "
                + Human.count(r.valImages())
                + " validation"));
    h.add(new Setting("classes", Human.count(r.classes().size())));
    h.add(new Setting("parameters", Human.count(r.plan().parameters())));
    h.add(new Setting("precision", r.config().engine().precisionLabel()));
    h.add(new Setting("fovea", Version.number()));
    if (images > 0) {
      h.addAll(TimePerImage.stages(loading, images, waiting, network));
    }
    if (exchanged > 0) {
      h.add(new Setting("waiting for other ranks", Human.digits(exchanging) + " s"));
      h.add(new Setting("exchanged with other ranks", Human.bytes(exchanged)));
    }
    return h;
  }
}
