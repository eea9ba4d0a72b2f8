package dev.fovea;

import dev.fovea.api.Api;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.DatasetOptions;
import dev.fovea.data.source.Split;
import dev.fovea.finetune.FinetuneConfig;
import dev.fovea.finetune.FinetuneEvent;
import dev.fovea.finetune.FinetuneResult;
import dev.fovea.finetune.Finetuner;
import dev.fovea.program.Precision;
import dev.fovea.train.Additions;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Fits a trained network to images of other classes, as {@code fovea finetune} does: first its last
 * layer, on features that the network computes once, then all of it.
 *
 * <pre>{@code
 * FinetuningResult result =
 *     Finetuning.from(Path.of("resnet18-f37072fd.pth"), "resnet18")
 *         .duration(Duration.ofMinutes(5))
 *         .folder(Path.of("runs/flowers"))
 *         .run(images);
 * System.out.println(result.lastLayer().orElseThrow().top1Interval());
 * try (Classifier classifier = Classifier.open(result.model())) {
 *   System.out.println(classifier.predict(Path.of("flower.jpg")).best());
 * }
 * }</pre>
 *
 * <p>Immutable; each method returns a copy. One that was stopped or killed goes on where the same
 * is run again in its {@link #folder}: to the same bytes as if it had not been, if its second stage
 * had begun.
 */
@Api(Api.Status.EXPERIMENTAL)
public final class Finetuning {
  private final FinetuneConfig config;
  private final Optional<LabeledImages> validation;
  private final List<TrainingListener> listeners;

  private Finetuning(
      FinetuneConfig config, Optional<LabeledImages> validation, List<TrainingListener> listeners) {
    this.config = config;
    this.validation = validation;
    this.listeners = List.copyOf(listeners);
  }

  /** Starts from a model file, the folder of a run, or an ONNX model. */
  public static Finetuning from(Path model) {
    return from(ModelPaths.file(model), "");
  }

  /**
   * Starts from weights alone, from a {@code .pth}, {@code .pt} or {@code .safetensors} file.
   *
   * @param network the network that they belong to, as {@code fovea models} lists it
   */
  public static Finetuning from(Path weights, String network) {
    FinetuneConfig.Source source = new FinetuneConfig.Source(weights.toString(), network, "", "");
    return new Finetuning(FinetuneConfig.of(source, ""), Optional.empty(), List.of());
  }

  /**
   * Says how images are prepared for the network, where its file does not.
   *
   * @param text for example {@code imagenet}, as {@code fovea import --preprocess} takes it
   */
  public Finetuning preprocessing(String text) {
    FinetuneConfig.Source s = config.source();
    return with(config.with(new FinetuneConfig.Source(s.file(), s.model(), s.entry(), text)));
  }

  /** Takes about this long, everything included; without this, five minutes. */
  public Finetuning duration(Duration time) {
    return with(config.withSeconds(time.toMillis() / 1000.0));
  }

  /** Fits the last layer only. */
  public Finetuning lastLayerOnly() {
    return with(config.with(FinetuneConfig.Stages.HEAD));
  }

  /** Evaluates on these images, in place of a tenth of the others. */
  public Finetuning validateOn(LabeledImages images) {
    return new Finetuning(config, Optional.of(images), listeners);
  }

  /** Computes in this number format; without it, in the fastest on this machine. */
  public Finetuning precision(Precision format) {
    return run(run -> run.with(run.engine().with(format)));
  }

  /** Uses this number of threads; without it, all cores. */
  public Finetuning threads(int number) {
    return run(run -> run.with(run.engine().withThreads(number)));
  }

  /** Draws all random numbers from this seed. */
  public Finetuning seed(long seed) {
    return run(run -> run.with(run.engine().withSeed(seed)));
  }

  /** Writes into this folder; without it, into the next free one of {@code runs}. */
  public Finetuning folder(Path folder) {
    return run(run -> run.with(run.output().into(folder.toString(), false)));
  }

  /**
   * Changes any other setting of the second stage, in which all layers are trained. What is set
   * stays so; batch, rates and frozen parts that are not set are fitted to the images.
   *
   * @param key for example {@code learning.batch}, as {@code config.json} of a run has it
   * @throws ConfigException if there is no such setting or value
   */
  public Finetuning setting(String key, String value) {
    return with(config.with(config.run().with(key, value)).withGiven(List.of(key)));
  }

  /** Tells this listener what happens; epochs are those of the second stage. */
  public Finetuning listener(TrainingListener... more) {
    List<TrainingListener> all = new ArrayList<>(listeners);
    all.addAll(List.of(more));
    return new Finetuning(config, validation, all);
  }

  private Finetuning run(UnaryOperator<RunConfig> change) {
    return with(config.with(change.apply(config.run())));
  }

  private Finetuning with(FinetuneConfig other) {
    return new Finetuning(other, validation, listeners);
  }

  /**
   * Fits the network to images of this program, or goes on with that in the folder.
   *
   * @throws ConfigException if a setting does not fit, the file does not say how images are
   *     prepared, or the folder holds another run
   * @throws dev.fovea.data.image.DataException if the images cannot be used
   * @throws dev.fovea.interop.InteropException if weights cannot be read or do not fit the network
   * @throws dev.fovea.onnx.OnnxException if an ONNX model cannot be imported
   * @throws dev.fovea.program.ProgramException if there is not enough memory
   * @throws dev.fovea.checkpoint.CheckpointException if a file cannot be read or written
   */
  public FinetuningResult run(LabeledImages images) {
    return run(Additions.source(images.toString()), images);
  }

  /**
   * Fits the network to the images of class folders, an archive of them, or any other form that
   * {@code fovea train --data} takes. {@code fovea finetune --resume} can go on with such a run.
   *
   * @throws ConfigException as {@link #run(LabeledImages)} says, and the others too
   */
  public FinetuningResult run(Path folderOrArchive) {
    String name = folderOrArchive.toString();
    return validation.isPresent()
        ? run(Additions.source(name), LabeledImages.in(folderOrArchive))
        : run(name, Additions.NONE);
  }

  private FinetuningResult run(String name, LabeledImages images) {
    Additions.Images opening = (split, options) -> open(images, split, options);
    return run(name, new Additions(Optional.of(opening), List.of(), List.of()));
  }

  private Dataset open(LabeledImages images, Split split, DatasetOptions options) {
    if (validation.isEmpty()) {
      return images.open(split, options);
    }
    // All images of each: neither holds out a part of itself.
    return (split == Split.TRAIN ? images : validation.get()).open(Split.ALL, options);
  }

  private FinetuningResult run(String source, Additions additions) {
    RunConfig run = config.run();
    FinetuneConfig named = config.with(run.with(run.data().withSource(source)));
    Events events = new Events(listeners);
    Finetuner[] self = new Finetuner[1];
    try (Finetuner tuner =
        Finetuner.open(named, Engine.get(), additions, e -> tell(e, events, self))) {
      self[0] = tuner;
      events.stopsBy(tuner::interrupt);
      FinetuneResult result = tuner.run();
      return new FinetuningResult(
          result.folder().path(),
          result.model(),
          result.outcome() == FinetuneResult.Outcome.FINISHED,
          result.first(),
          result.second(),
          result.kept() == FinetuneResult.Kept.SECOND,
          events.epochs(),
          result.failure());
    }
  }

  private void tell(FinetuneEvent event, Events events, Finetuner[] self) {
    if (event instanceof FinetuneEvent.Training training) {
      events.on(training.event());
    } else if (event instanceof FinetuneEvent.Opened opened) {
      opened.notes().forEach(note -> listeners.forEach(l -> l.note(note)));
    } else if (event instanceof FinetuneEvent.Note note) {
      listeners.forEach(l -> l.note(note.text()));
    } else if (event instanceof FinetuneEvent.DataChecked checked) {
      checked
          .check()
          .unreadable()
          .forEach(p -> listeners.forEach(l -> l.unreadable(p.name() + ": " + p.remark())));
    }
    if (listeners.stream().anyMatch(TrainingListener::stops)) {
      self[0].interrupt();
    }
  }
}
