package dev.fovea.app.option;

import static dev.fovea.app.option.RunFlags.add;

import dev.fovea.app.console.UsageException;
import dev.fovea.finetune.FinetuneConfig;
import dev.fovea.train.SaveInterval;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags that only {@code fovea finetune} has. */
public final class FinetuneFlags {
  private FinetuneFlags() {}

  /** The flags for the file with the trained network. */
  public static final class Source {
    @Option(
        names = "--from",
        paramLabel = "FILE",
        description =
            "The trained network: a model file or the folder of a run, an ONNX model, or weights"
                + " of PyTorch or in safetensors, which need --model.")
    private @Nullable String from;

    @Option(
        names = "--model",
        paramLabel = "NAME",
        description = "The network that weights alone belong to; see 'fovea models'.")
    private String model = "";

    @Option(
        names = "--entry",
        paramLabel = "NAME",
        description = "Which of several sets of weights to take, as for 'fovea import'.")
    private String entry = "";

    @Option(
        names = "--input",
        paramLabel = "N",
        description = "Height and width of images, if an ONNX model leaves them open.")
    private @Nullable Integer input;

    @Option(
        names = "--preprocess",
        paramLabel = "SPEC",
        description =
            "How images are prepared, where the file does not say it: a name, changes, or both, as"
                + " for 'fovea import': imagenet, or"
                + " mean=104/117/123,std=1/1/1,order=bgr,range=byte.")
    private String preprocess = "";

    /** The flags that were given. */
    public List<String> given() {
      List<String> flags = new ArrayList<>();
      if (from != null) {
        flags.add("--from");
      }
      if (!model.isEmpty()) {
        flags.add("--model");
      }
      if (!entry.isEmpty()) {
        flags.add("--entry");
      }
      if (input != null) {
        flags.add("--input");
      }
      if (!preprocess.isEmpty()) {
        flags.add("--preprocess");
      }
      return flags;
    }

    public FinetuneConfig.Source source() {
      if (from == null) {
        throw new UsageException(
            "--from is missing: name the file with the trained network; 'fovea weights' lists where"
                + " public ones are");
      }
      if (!Files.exists(Path.of(from))) {
        throw new UsageException("--from: there is no " + from + "; check the spelling");
      }
      String file = Files.isDirectory(Path.of(from)) ? ModelPath.of(from).toString() : from;
      return new FinetuneConfig.Source(file, model, entry, preprocess);
    }

    public List<RunFlags.Change> changes() {
      Positive.check("--input", input);
      List<RunFlags.Change> c = new ArrayList<>();
      add(c, "--input", "network.input", input);
      return c;
    }
  }

  /** The flags for the two stages. */
  public static final class Stages {
    @Option(
        names = "--time",
        paramLabel = "T",
        description =
            "For everything, from the check of the data to the last evaluation: 90s, 5m, 1h"
                + " (default: 5m).")
    private @Nullable String time;

    @Option(
        names = "--stages",
        paramLabel = "head|all",
        description =
            "head trains only the last layer, on features that the trunk computes once; all then"
                + " trains the whole network (default: all).")
    private FinetuneConfig.@Nullable Stages stages;

    @Option(
        names = "--freeze",
        paramLabel = "PARTS",
        description =
            "Parts that are never trained, as for 'fovea train', for example conv1,layer1.")
    private @Nullable String freeze;

    @Option(
        names = "--lr-scale",
        paramLabel = "PARTS",
        description =
            "Learning rate multipliers of parts, in place of rates that fall to a tenth from the"
                + " last layer to the first: trunk=0.1.")
    private @Nullable String rates;

    @Option(
        names = "--layer-decay",
        paramLabel = "X",
        description =
            "Learning rate multiplier applied once for every stage below the last, in its place.")
    private @Nullable Double layerDecay;

    @Mixin private TrainingFlags training = new TrainingFlags();

    public List<RunFlags.Change> changes() {
      List<RunFlags.Change> c = new ArrayList<>();
      add(c, "--freeze", "learning.update.groups.freeze", words(freeze));
      add(c, "--lr-scale", "learning.update.groups.lr_scale", words(rates));
      add(c, "--layer-decay", "learning.update.groups.layer_decay", layerDecay);
      c.addAll(training.changes());
      return c;
    }

    private static @Nullable String words(@Nullable String list) {
      return list == null ? null : list.replace(',', ' ').strip();
    }

    public FinetuneConfig applyTo(FinetuneConfig config) {
      FinetuneConfig c = stages == null ? config : config.with(stages);
      if (time == null) {
        return c;
      }
      SaveInterval given = SaveInterval.parse(time);
      if (given.time().isZero()) {
        throw new UsageException("--time is '" + time + "'; write a time: 90s, 5m or 1h");
      }
      return c.withSeconds(given.time().toSeconds());
    }
  }

  /** The flags for the run folder. */
  public static final class Folder {
    @Option(
        names = "--run",
        paramLabel = "DIR",
        description =
            "The run folder (default: the next free runs/finetune-N). One that was begun with the"
                + " same settings is gone on with.")
    public @Nullable String run;

    @Option(
        names = "--resume",
        description =
            "Goes on with the run in --run, or the latest one; only --time and --stages can"
                + " change, before the whole network is trained.")
    public boolean resume;

    @Option(
        names = "--save-every",
        paramLabel = "T",
        description = "How often the second stage saves its state: 5m, 500steps, never.")
    private @Nullable String saveEvery;

    public List<RunFlags.Change> changes() {
      List<RunFlags.Change> c = new ArrayList<>();
      add(c, "--run", "output.folder", run);
      add(c, "--save-every", "output.save_every", saveEvery);
      return c;
    }
  }
}
