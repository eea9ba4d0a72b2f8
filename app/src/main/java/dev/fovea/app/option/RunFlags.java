package dev.fovea.app.option;

import dev.fovea.app.console.Nearest;
import dev.fovea.app.console.UsageException;
import dev.fovea.data.image.Decoding;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.train.ConfigException;
import dev.fovea.train.RunConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags of {@code fovea train} that change settings of the recipe. */
public final class RunFlags {
  private RunFlags() {}

  /** A flag that was given: its name, the setting it changes, and the value. */
  public record Change(String flag, String key, String value) {

    public RunConfig applyTo(RunConfig config) {
      try {
        return config.with(key, value);
      } catch (ConfigException e) {
        String unknown =
            config.settings().containsKey(key)
                ? ""
                : Nearest.question(key, config.settings().keySet());
        throw new UsageException(
            flag
                + ": "
                + (unknown.isEmpty()
                    ? withoutPlace(e)
                    : "unknown setting '" + key + "'." + unknown));
      }
    }
  }

  /** The message without its leading keys, since the flag names the place. */
  private static String withoutPlace(ConfigException e) {
    return String.valueOf(e.getMessage()).replaceFirst("^(?:[\\w.]+: )+", "");
  }

  public static void add(List<Change> changes, String flag, String key, @Nullable Object value) {
    if (value != null) {
      changes.add(new Change(flag, key, value.toString()));
    }
  }

  /** The flags for the data. */
  public static final class Data {
    @Option(names = "--data", paramLabel = "PATH|NAME", description = DataName.DESCRIPTION)
    private @Nullable String data;

    @Option(names = "--labels", paramLabel = "FILE", description = LabelsOption.DESCRIPTION)
    private @Nullable Path labels;

    @Option(names = "--label-column", paramLabel = "NAME", description = LabelsOption.COLUMN)
    private @Nullable String labelColumn;

    @Option(names = "--classes", paramLabel = "FILE", description = LabelsOption.CLASSES)
    private @Nullable Path classes;

    @Option(
        names = "--val-split",
        paramLabel = "X",
        description =
            "Fraction held out for validation if the data has no such split, for example 0.1.")
    private @Nullable Double valSplit;

    @Option(
        names = "--fraction",
        paramLabel = "X",
        description = "Fraction of the images to use, for quick trials.")
    private @Nullable Double fraction;

    @Option(
        names = "--augment",
        paramLabel = "WORDS",
        description =
            "Augmentation: none, a preset (cifar, cifar-reflect, cifar-modern, imagenet,"
                + " resnet-paper, resnet-torch, inception, inception-v3, modern), or words such as"
                + " 'pad-crop(pad=4) flip cutout(side=8) mixup(alpha=0.2)'; 'fovea data show"
                + " --help' lists them, 'fovea data show --augment WORDS' shows their effect.")
    private @Nullable String augment;

    @Option(
        names = "--decode",
        paramLabel = "exact|fast|auto",
        converter = DecodeOption.class,
        description = "How far pictures are decoded: " + DecodeOption.DESCRIPTION + ".")
    private @Nullable Decoding decode;

    @Mixin private ImageLimit limit = new ImageLimit();

    public List<Change> changes() {
      List<Change> c = new ArrayList<>();
      String where = data == null && labels != null ? LabelsOption.folder(labels) : data;
      add(c, "--max-pixels", "data.max_megapixels", limit.megapixels());
      add(c, "--data", "data.source", where == null ? null : DataName.check(where));
      add(c, "--labels", "data.labels", labels == null ? null : LabelsOption.absolute(labels));
      add(c, "--label-column", "data.label_column", labelColumn);
      add(c, "--classes", "data.classes", classes == null ? null : LabelsOption.absolute(classes));
      add(c, "--val-split", "data.val_fraction", valSplit);
      add(c, "--fraction", "data.fraction", fraction);
      add(c, "--augment", "data.augment", augment);
      add(c, "--decode", "data.decode", decode == null ? null : decode.label());
      return c;
    }
  }

  /** The flags for the network. */
  public static final class Network {
    @Option(
        names = "--model",
        paramLabel = "NAME",
        description = "The network; 'fovea models' lists them all.")
    private @Nullable String model;

    @Option(
        names = "--input",
        paramLabel = "N",
        description = "Height and width of the network's input.")
    private @Nullable Integer input;

    public List<Change> changes() {
      Positive.check("--input", input);
      List<Change> c = new ArrayList<>();
      if (model != null) {
        dev.fovea.models.Models.info(model);
      }
      add(c, "--model", "network.model", model);
      add(c, "--input", "network.input", input);
      return c;
    }
  }

  /** The flags for training. */
  public static final class Learning {
    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training images.")
    private @Nullable Integer epochs;

    @Option(
        names = "--steps",
        paramLabel = "N",
        description = "Weight updates to train for, instead of --epochs.")
    private @Nullable Long steps;

    @Option(
        names = "--progressive",
        paramLabel = "SIZES",
        description =
            "Trains on smaller images first: 24:50%% means 24 pixels until half of the epochs are"
                + " done; also 128:40%%,192:70%%, or none.")
    private @Nullable String progressive;

    @Option(names = "--smoothing", paramLabel = "X", description = "Label smoothing, 0 to 1.")
    private @Nullable Double smoothing;

    @Mixin private TrainingFlags training = new TrainingFlags();

    /** Whether {@code --batch} is given. */
    boolean setsBatch() {
      return training.setsBatch();
    }

    public List<Change> changes() {
      Positive.check("--epochs", epochs);
      Positive.check("--steps", steps);
      if (epochs != null && steps != null) {
        throw new UsageException(
            "--epochs and --steps both say how long to train; give one of them");
      }
      List<Change> c = new ArrayList<>();
      add(c, "--epochs", "learning.length", epochs == null ? null : epochs + "epochs");
      add(c, "--steps", "learning.length", steps == null ? null : steps + "steps");
      add(c, "--progressive", "network.progressive", progressive);
      add(c, "--smoothing", "learning.smoothing", smoothing);
      c.addAll(training.changes());
      return c;
    }
  }

  /** The flags for the engine. */
  public static final class Engine {
    @Option(
        names = "--precision",
        paramLabel = "auto|f32|bf16",
        description = "Number format; auto measures briefly and takes the faster one.")
    private InferenceOptions.@Nullable Wanted precision;

    @Option(
        names = "--convolution",
        paramLabel = "NAME",
        converter = ConvolutionOption.class,
        description = ConvolutionOption.DESCRIPTION + ".")
    private @Nullable ConvolutionAlgorithm convolution;

    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "Threads of the engine; 0 uses all cores.")
    private @Nullable Integer threads;

    @Option(
        names = "--memory",
        paramLabel = "normal|low",
        description = "low recomputes some activations to save memory.")
    private @Nullable Memory memory;

    public List<Change> changes() {
      List<Change> c = new ArrayList<>();
      add(c, "--precision", "engine.precision", precision);
      add(
          c,
          "--convolution",
          "engine.convolution",
          convolution == null ? null : convolution.label());
      add(c, "--threads", "engine.threads", threads);
      add(
          c,
          "--memory",
          "engine.memory",
          memory == null ? null : memory.name().toLowerCase(Locale.ROOT));
      return c;
    }
  }

  /** The flags for the run folder, saving and stopping. */
  public static final class Output {
    @Option(
        names = "--run",
        paramLabel = "DIR",
        description = "The run folder (default: the next free runs/train-N).")
    public @Nullable String run;

    @Option(names = "--resume", description = "Resumes the run in --run, or the latest one.")
    public boolean resume;

    @Option(
        names = "--save-every",
        paramLabel = "T",
        description = "How often to save the state within an epoch: 5m, 500steps, never.")
    private @Nullable String saveEvery;

    @Option(
        names = "--eval-every",
        paramLabel = "N",
        description = "Evaluates after every Nth epoch and after the last.")
    private @Nullable Integer evaluateEvery;

    @Option(
        names = "--max-time",
        paramLabel = "T",
        description = "Saves and stops after this time: 90s, 14m, 2h.")
    private @Nullable String maxTime;

    public List<Change> changes() {
      Positive.check("--eval-every", evaluateEvery);
      List<Change> c = new ArrayList<>();
      if (!resume) {
        add(c, "--run", "output.folder", run);
      }
      add(c, "--save-every", "output.save_every", saveEvery);
      add(c, "--eval-every", "output.evaluate_every", evaluateEvery);
      add(c, "--max-time", "output.max_time", maxTime);
      return c;
    }
  }
}
